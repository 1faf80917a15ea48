#include <algorithm>
#include <array>
#include <sstream>

#include "base/file.h"
#include "base/keyring.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/happenings.h"
#include "cli/print_document.h"
#include "cli/readiness.h"
#include "cli/suggestion.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;

/// Longer texts (manifests) are shown by their size; -o yaml has them whole.
constexpr std::size_t kLongestLine = 100;
constexpr std::size_t kNewestEvents = 20;

/// "Workload definition"; what is written in capitals stays so: "YAML document", "Account ID".
std::string title_of(const schema::FieldDescriptor& field) {
  const std::string name = field.references.empty() ? std::string(field.name) : reference_key(field);
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string out;
  std::size_t taken = 0;
  std::istringstream words(schema::words_of(name));
  for (std::string word; words >> word; taken += word.size()) {
    const std::string_view written = std::string_view(name).substr(taken, word.size());
    const bool is_short_form =
        word == "id" || (word.size() > 1 && std::all_of(written.begin(), written.end(), is_capital));
    if (!out.empty()) out += ' ';
    if (word == "id") {
      out += "ID";
    } else {
      out += is_short_form || out.empty() ? std::string(written) : word;
    }
  }
  return out;
}

/// Prints one object for people; one use.
class Description {
 public:
  Description(Session& session, client::Api& api, const KindDescriptor& kind, const Object& object)
      : session_(session),
        api_(api),
        kind_(kind),
        object_(object),
        names_(api, session.registry()),
        now_(session.environment().clock.now()) {}

  Result<void> print() {
    TP_CHECK(print_members());
    print_conditions();
    TP_CHECK(print_parts());
    TP_TRY(const auto happenings, happenings_of(api_, session_.registry(), kind_, object_.id()));
    print_problems(happenings);
    print_events(happenings);
    return {};
  }

 private:
  void title(const std::string& text) {
    session_.output().line("");
    session_.output().line(session_.output().paint(text, Colour::bold));
  }

  Result<void> print_members() {
    std::vector<std::pair<std::string, std::string>> lines;
    lines.emplace_back("Kind", std::string(kind_.name));
    lines.emplace_back("ID", std::to_string(object_.id()));
    for (const schema::FieldDescriptor& field : kind_.fields) {
      const json::Value& value = object_.data.at(field.name);
      if (value.is_null() || !is_shown(field, value)) continue;
      TP_TRY(std::string text, text_of(field, value));
      if (text.empty()) continue;
      lines.emplace_back(title_of(field), std::move(text));
    }
    lines.emplace_back("Created", time_text(object_.data.at("CreatedAt").text()));
    std::size_t width = 0;
    for (const auto& [name, text] : lines) width = std::max(width, name.size());
    for (const auto& [name, text] : lines) {
      session_.output().line(name + ":" + std::string(width - name.size() + 2, ' ') + text);
    }
    return {};
  }

  static bool is_shown(const schema::FieldDescriptor& field, const json::Value& value) {
    static constexpr std::array<std::string_view, 7> kElsewhere{
        "ID", "CreatedAt", "UpdatedAt", "Conditions", "Generation", "ObservedGeneration", "Reconciled"};
    if (field.type == schema::FieldType::relation) return false;
    // Timestamps of the reconcile loop say less than the conditions, and what has not failed goes without saying.
    if (field.has(schema::status) && (field.has(schema::quiet) || value == json::Value(false))) return false;
    return std::find(kElsewhere.begin(), kElsewhere.end(), field.name) == kElsewhere.end();
  }

  Result<std::string> text_of(const schema::FieldDescriptor& field, const json::Value& value) {
    if (field.has(schema::secret)) return std::string("(secret)");
    if (field.type == schema::FieldType::timestamp) return time_text(value.text());
    TP_TRY(std::string text, cell(field, value, names_));
    const bool is_long = text.size() > kLongestLine || text.find('\n') != std::string::npos;
    if (!is_long) return text;
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    return "(" + std::to_string(lines) + (lines == 1 ? " line, " : " lines, ") + std::to_string(text.size()) +
           " bytes; -o yaml shows it)";
  }

  [[nodiscard]] std::string time_text(std::string_view time) const {
    return std::string(time) + " (" + age(time, now_) + " ago)";
  }

  void print_conditions() {
    const json::Array* conditions = object_.data.at("Conditions").if_array();
    if (conditions == nullptr) {
      if (kind_.reconciled) {
        title("State");
        session_.output().line("  No controller has looked at it yet.");
      }
      return;
    }
    title("State");
    std::string_view said;
    for (const json::Value& condition : *conditions) {
      const std::string_view status = condition.at("Status").text();
      const std::string_view type = condition.at("Type").text();
      const bool is_good = (type == "Stalled" || type == "Reconciling") ? status != "True" : status == "True";
      const Colour colour = is_good ? Colour::green : type == "Reconciling" ? Colour::yellow : Colour::red;
      std::string line = std::string(type) + std::string(13 - std::min<std::size_t>(12, type.size()), ' ');
      line += session_.output().paint(status == "True" ? "yes" : status == "False" ? "no " : "unknown", colour);
      line += "  " + std::string(condition.at("Reason").text());
      line += ", since " + age(condition.at("LastTransitionTime").text(), now_);
      session_.output().line("  " + line);
      // The same sentence is not said of two conditions.
      const std::string_view message = condition.at("Message").text();
      if (!message.empty() && message != said) session_.output().line("               " + one_line(message));
      if (!message.empty()) said = message;
    }
    if (object_.condition("Ready").at("Reason").text() == "NoController") return;
    const auto generation = object_.data.at("Generation").as_int().value_or(0);
    const auto observed = object_.data.at("ObservedGeneration").as_int().value_or(0);
    if (observed < generation) {
      session_.output().line("  A change (generation " + std::to_string(generation) +
                             ") is not taken up yet; the state above is of generation " + std::to_string(observed) +
                             ".");
    }
  }

  /// Objects that belong to this one: Kubernetes objects with their readiness, others as tables.
  Result<void> print_parts() {
    for (const schema::Referrer& part : session_.registry().parts_of(kind_.name)) {
      // What is not logged are events: they come below.
      if (part.field->query.empty() || !part.kind->routed || !part.kind->logged) continue;
      TP_TRY(const auto rows, api_.list(*part.kind, {{std::string(part.field->query), std::to_string(object_.id())}}));
      if (rows.empty()) continue;
      if (part.kind->find("JSONDefinition") != nullptr) {
        print_kubernetes_objects(*part.kind, rows);
        continue;
      }
      const Columns columns(*part.kind, Format::table, kind_.name);
      Cells from(api_, session_.registry(), *part.kind);
      TP_CHECK(from.load(columns.columns(), rows));
      Table table(columns.heads());
      for (const Object& row : rows) {
        TP_TRY(auto cells, columns.cells(row, from, now_));
        std::vector<Colour> colours = columns.colours(cells);
        table.add(std::move(cells), std::move(colours));
      }
      std::string words = part.kind->words() + "s";
      words.front() = part.kind->name.front();
      title(words);
      session_.output().table(table, 2);
    }
    return {};
  }

  void print_kubernetes_objects(const KindDescriptor& kind, const std::vector<Object>& rows) {
    const bool has_state = kind.find("RuntimeDefinition") != nullptr;
    Table table(has_state ? std::vector<std::string>{"OBJECT", "READY", "STATE"} : std::vector<std::string>{"OBJECT"});
    for (const Object& row : rows) {
      const std::string name = object_text(row.data.at("JSONDefinition"));
      if (!has_state) {
        table.add({name});
        continue;
      }
      const json::Value& live = row.data.at("RuntimeDefinition");
      const bool is_applied = row.data.at("Reconciled") == json::Value(true);
      // The live object is recorded only when its readiness changes, so a plain object may have none.
      const Readiness readiness = live.is_null() && is_applied ? Readiness{} : readiness_of(live);
      if (!readiness.is_ready) problems_.push_back(name + ": " + readiness.reason);
      const std::string state = readiness.reason.empty() ? "ok" : readiness.reason;
      table.add({name, readiness.count, one_line(state)});
    }
    title(has_state ? "Kubernetes objects" : "Manifests");
    session_.output().table(table, 2);
  }

  /// What is not healthy, in one place.
  void print_problems(const std::vector<Happening>& happenings) {
    const json::Value& ready = object_.condition("Ready");
    if (ready.is_null() || object_.is("Ready") || ready.at("Reason").text() == "NoController") return;
    std::vector<std::string> lines;
    const auto add = [&](std::string text) {
      text = one_line(text);
      if (!text.empty() && std::find(lines.begin(), lines.end(), text) == lines.end()) lines.push_back(std::move(text));
    };
    add(std::string(ready.at("Reason").text()) + ": " + std::string(ready.at("Message").text()));
    for (const std::string& problem : problems_) add(problem);
    for (auto it = happenings.rbegin(); it != happenings.rend() && lines.size() < 10; ++it) {
      if (it->type != "Normal") add(it->reason + ": " + it->message);
    }
    title(session_.output().paint("Not healthy, because", Colour::red));
    for (const std::string& text : lines) session_.output().line("  - " + text);
  }

  void print_events(const std::vector<Happening>& happenings) {
    if (happenings.empty()) return;
    const std::size_t skipped = happenings.size() > kNewestEvents ? happenings.size() - kNewestEvents : 0;
    const std::vector<Happening> newest(happenings.begin() + static_cast<std::ptrdiff_t>(skipped), happenings.end());
    title(skipped == 0 ? "Events" : "Events (the newest " + std::to_string(kNewestEvents) + ")");
    session_.output().table(happenings_table(newest, now_, false), 2);
  }

  Session& session_;
  client::Api& api_;
  const KindDescriptor& kind_;
  const Object& object_;
  ReferenceNames names_;
  const base::TimePoint now_;
  std::vector<std::string> problems_;
};

/// The text that the control plane has encrypted. The key is in the configuration file, or beside the database of a
/// local control plane.
Result<std::string> decrypted(Session& session, const std::string& member, std::string_view value) {
  const ControlPlane& control_plane = *session.control_plane();
  std::string key = control_plane.encryption_key.reveal();
  if (key.empty()) {
    auto local = base::read_file(session.state_folder() / control_plane.name / "encryption.key", 4096);
    if (local) key = std::move(*local);
  }
  if (key.empty()) {
    return base::denied(member + " is encrypted, and " + session.config_path().string() + " has no EncryptionKey for " +
                        "control plane " + control_plane.name + ": add the key of that server (its encryption.key)");
  }
  auto ring = base::Keyring::parse(key);
  if (!ring) {
    return std::move(ring).error().with_context(session.config_path().string() + ": control plane " +
                                                control_plane.name + ": EncryptionKey");
  }
  auto plain = ring->decrypt(value);
  if (!plain) {
    return base::denied(member + " cannot be decrypted with the EncryptionKey of control plane " + control_plane.name +
                        ": " + plain.error().message);
  }
  return std::string(plain->reveal());
}

Result<int> print_field(Session& session, const KindDescriptor& kind, const Object& object, const std::string& field) {
  const schema::FieldDescriptor* descriptor = kind.find_in_body(field);
  if (descriptor == nullptr) {
    std::vector<std::string> names;
    names.reserve(kind.fields.size());
    for (const auto& known : kind.fields) names.emplace_back(known.name);
    return base::invalid(std::string(kind.name) + " has no member \"" + field + "\"" + did_you_mean(field, names));
  }
  const json::Value& value = object.data.at(descriptor->name);
  if (descriptor->has(schema::secret) && value.is_string() && !value.text().empty()) {
    TP_TRY(const std::string plain,
           decrypted(session, std::string(kind.name) + "." + std::string(descriptor->name), value.text()));
    session.output().line(plain);
    return 0;
  }
  // A member that has no value is an empty line, as scripts expect of a value.
  session.output().line(value.is_null()     ? std::string()
                        : value.is_string() ? std::string(value.text())
                                            : json::dump(value));
  return 0;
}

/// The name that a file's document of the kind has.
Result<std::string> name_in_file(Session& session, const Subject& subject, const std::string& file) {
  TP_TRY(const auto documents, read_documents({{file}, ""}, session.vocabulary(), session.environment()));
  const auto found = std::find_if(documents.begin(), documents.end(), [&](const Document& document) {
    return document.written_as == subject.name || document.subject.name == subject.name;
  });
  if (found != documents.end()) return found->name;
  return base::invalid(file + " has no " + subject.name + "; it has a " + documents.front().written_as);
}

}  // namespace

Result<int> describe(Session& session, const DescribeOptions& options) {
  TP_TRY(const Subject subject, session.vocabulary().find(options.target.kind));
  Target target = options.target;
  if (!options.file.empty()) {
    if (!target.name.empty()) return base::invalid("describe takes a NAME or -c FILE, not both");
    TP_TRY(target.name, name_in_file(session, subject, options.file));
  }
  if (target.name.empty()) {
    return base::invalid("describe needs the name of the " + subject.word + ": tptctl describe " + subject.word +
                         " NAME");
  }
  const bool is_document = options.format == Format::json || options.format == Format::yaml;
  if (options.format && !is_document && options.field.empty()) return get(session, {target, *options.format});
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const Object object, session.find(subject, target));
  if (!options.field.empty()) return print_field(session, *subject.kind, object, options.field);
  if (!options.format) {
    TP_CHECK(Description(session, *api, *subject.kind, object).print());
    return 0;
  }
  print_document(session.output(), object.data, *options.format);
  return 0;
}

}  // namespace threeport::cli
