#include "cli/plan.h"

#include <algorithm>

#include "cli/print_document.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

constexpr std::size_t kAround = 2;         // unchanged lines around a change
constexpr std::size_t kComparable = 4000;  // lines of a text that are compared one by one
constexpr std::size_t kValueWidth = 60;

/// How an Action of a plan is told.
struct Wording {
  std::string_view action, done, planned, mark;
  Colour colour;
};
constexpr Wording kWordings[] = {
    {"Create", "created", "create", "+", Colour::green},    {"Update", "configured", "change", "~", Colour::yellow},
    {"None", "unchanged", "leave", " ", Colour::faint},     {"Replace", "replaced", "replace", "±", Colour::yellow},
    {"Delete", "deleted", "delete", "-", Colour::red},      {"Reuse", "reused", "use", " ", Colour::faint},
    {"Release", "released", "release", "-", Colour::yellow}};

Wording wording_of(std::string_view action) {
  for (const Wording& wording : kWordings) {
    if (wording.action == action) return wording;
  }
  return {action, action, action, " ", Colour::none};
}

std::string label_of(Session& session, const json::Value& change) {
  const KindDescriptor* kind = session.registry().find(change.at("Kind").text());
  const std::string name(change.at("Name").text());
  return kind == nullptr ? std::string(change.at("Kind").text()) + "/" + name : label(*kind, name);
}

void print_warnings(Session& session, const json::Value& plan) {
  const json::Array* warnings = plan.at("Warnings").if_array();
  if (warnings == nullptr) return;
  for (const json::Value& warning : *warnings)
    session.output().warning(warning.is_string() ? warning.text() : std::string_view(json::dump(warning)));
}

const json::Array& changes_of(const json::Value& plan) {
  static const json::Array kNone;
  const json::Array* changes = plan.at("Changes").if_array();
  return changes == nullptr ? kNone : *changes;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return out;
}

struct Edit {
  char mark;
  std::string_view line;
};

/// The shortest edit of lines, by the longest common subsequence.
std::vector<Edit> edits_of(const std::vector<std::string_view>& from, const std::vector<std::string_view>& to) {
  const std::size_t width = to.size() + 1;
  std::vector<unsigned> longest((from.size() + 1) * width);
  for (std::size_t i = from.size(); i-- > 0;) {
    for (std::size_t k = to.size(); k-- > 0;) {
      longest[i * width + k] = from[i] == to[k] ? longest[(i + 1) * width + k + 1] + 1
                                                : std::max(longest[(i + 1) * width + k], longest[i * width + k + 1]);
    }
  }
  std::vector<Edit> out;
  std::size_t i = 0, k = 0;
  while (i < from.size() || k < to.size()) {
    if (i < from.size() && k < to.size() && from[i] == to[k]) {
      out.push_back({' ', from[i++]});
      ++k;
    } else if (i < from.size() && (k == to.size() || longest[(i + 1) * width + k] >= longest[i * width + k + 1])) {
      out.push_back({'-', from[i++]});
    } else {
      out.push_back({'+', to[k++]});
    }
  }
  return out;
}

bool is_long(const json::Value& value) {
  return value.is_string() && value.text().find('\n') != std::string_view::npos;
}

std::string shown(const json::Value& value) {
  if (value.is_null()) return "(none)";
  return one_line(value.is_string() ? value.text() : std::string_view(json::dump(value)), kValueWidth);
}

void print_member(Output& output, const json::Value& member) {
  const json::Value &from = member.at("From"), &to = member.at("To");
  const std::string name = "    " + std::string(member.at("Member").text()) + ": ";
  if (!is_long(from) && !is_long(to)) return output.line(name + shown(from) + " → " + shown(to));
  output.line(name);
  for (const std::string& line : line_changes(from.text(), to.text())) {
    const Colour colour = line.starts_with('+') ? Colour::green : line.starts_with('-') ? Colour::red : Colour::faint;
    output.line("      " + output.paint(line, colour));
  }
}

std::string summary_of(const json::Array& changes) {
  std::string out;
  for (const Wording& wording : kWordings) {
    const auto count = std::count_if(changes.begin(), changes.end(), [&](const json::Value& change) {
      return change.at("Action").text() == wording.action;
    });
    if (count == 0) continue;
    out += (out.empty() ? "" : ", ") + std::to_string(count) + " to " + std::string(wording.planned);
  }
  return out;
}

}  // namespace

std::vector<std::string> line_changes(std::string_view from, std::string_view to) {
  const auto older = lines_of(from), newer = lines_of(to);
  if (older.size() > kComparable || newer.size() > kComparable)
    return {"… (" + std::to_string(older.size()) + " lines become " + std::to_string(newer.size()) + ")"};
  const auto edits = edits_of(older, newer);
  std::vector<bool> wanted(edits.size());
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].mark == ' ') continue;
    const std::size_t end = std::min(edits.size(), i + kAround + 1);
    for (std::size_t k = i < kAround ? 0 : i - kAround; k < end; ++k) wanted[k] = true;
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (wanted[i]) {
      out.push_back(std::string(1, edits[i].mark) + " " + std::string(edits[i].line));
    } else if (out.empty() || out.back() != "…") {
      out.emplace_back("…");
    }
  }
  return out;
}

void print_outcome(Session& session, const json::Value& plan) {
  print_warnings(session, plan);
  for (const json::Value& change : changes_of(plan)) {
    const Wording wording = wording_of(change.at("Action").text());
    session.output().line(label_of(session, change) + " " + session.output().paint(wording.done, wording.colour));
  }
}

void print_plan(Session& session, const json::Value& plan, Format format) {
  Output& output = session.output();
  if (format == Format::json || format == Format::yaml) return print_document(output, plan, format);
  const std::string id = json::dump(plan.at("ID"));
  if (format == Format::name) return output.line(id);
  print_warnings(session, plan);
  const json::Array& changes = changes_of(plan);
  for (const json::Value& change : changes) {
    const Wording wording = wording_of(change.at("Action").text());
    output.line(output.paint(std::string(wording.mark) + " " + label_of(session, change), wording.colour) +
                (wording.action == "None" ? "  (unchanged)" : ""));
    const json::Array* members = change.at("Members").if_array();
    if (members == nullptr) continue;
    for (const json::Value& member : *members) print_member(output, member);
  }
  output.info("plan " + id + ": " + summary_of(changes) + "; `tptctl apply --plan " + id +
              "` does exactly this, until " + std::string(plan.at("ExpiresAt").text()));
}

}  // namespace threeport::cli
