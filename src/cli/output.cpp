#include "cli/output.h"

#include <algorithm>

#include "base/utf8.h"

namespace threeport::cli {

namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::none: return "";
    case Colour::red: return "\033[31m";
    case Colour::green: return "\033[32m";
    case Colour::yellow: return "\033[33m";
    case Colour::faint: return "\033[2m";
    case Colour::bold: return "\033[1m";
  }
  return "";
}

}  // namespace

Output::Output(const Environment& environment)
    : out_(environment.out),
      err_(environment.err),
      is_terminal_(environment.is_terminal),
      // https://no-color.org: any value but the empty one turns colours off.
      has_colours_(environment.is_terminal && environment.variable("NO_COLOR").value_or("").empty() &&
                   environment.variable("TERM").value_or("") != "dumb"),
      width_(std::max(environment.width, 20U)) {}

std::string Output::paint(std::string_view text, Colour colour) const {
  if (!has_colours_ || colour == Colour::none || text.empty()) return std::string(text);
  return std::string(code_of(colour)) + std::string(text) + "\033[0m";
}

void Output::prefixed(std::ostream& stream, std::string_view prefix, Colour colour, std::string_view text) {
  end_progress();
  stream << paint(std::string(prefix) + one_line(text), colour) << '\n';
  stream.flush();
}

void Output::error(const base::Error& error) { prefixed(err_, "Error: ", Colour::red, error.message); }

void Output::line(std::string_view text) {
  end_progress();
  out_ << text << '\n';
}

void Output::table(const Table& table, std::size_t indent) {
  end_progress();
  const auto paint_cell = [this](std::string_view text, Colour colour) { return paint(text, colour); };
  const std::size_t room = is_terminal_ ? std::max<std::size_t>(width_, indent + 20) - indent : 0;
  const std::string text = table.text(room, paint_cell);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    if (end > start) out_ << std::string(indent, ' ') << text.substr(start, end - start);
    out_ << '\n';
    start = end + 1;
  }
  out_.flush();
}

void Output::progress(const std::vector<std::string>& lines) {
  if (!is_terminal_) {
    for (const std::string& text : lines) {
      if (std::find(progress_.begin(), progress_.end(), text) == progress_.end()) out_ << text << '\n';
    }
    progress_ = lines;
    out_.flush();
    return;
  }
  // Up to the first of the old lines, then each line anew; a line never wraps, so that the count stays right.
  if (!progress_.empty()) out_ << "\033[" << progress_.size() << 'A';
  for (const std::string& text : lines) out_ << "\r\033[K" << one_line(text, width_ - 1) << '\n';
  if (progress_.size() > lines.size()) out_ << "\033[J";
  progress_ = lines;
  out_.flush();
}

void Output::end_progress() { progress_.clear(); }

std::string age(std::string_view rfc3339, base::TimePoint now) {
  const auto then = base::parse_time(rfc3339);
  if (!then) return "";
  const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now - *then).count());
  const std::int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  const auto text = [](std::int64_t count, char unit) { return std::to_string(count) + unit; };
  if (days >= 2) return text(days, 'd');
  if (hours >= 1) return text(hours, 'h') + (minutes % 60 != 0 ? text(minutes % 60, 'm') : "");
  if (minutes >= 10) return text(minutes, 'm');
  if (minutes >= 1) return text(minutes, 'm') + (seconds % 60 != 0 ? text(seconds % 60, 's') : "");
  return text(seconds, 's');
}

}  // namespace threeport::cli
