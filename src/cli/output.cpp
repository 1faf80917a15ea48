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

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string one_line(std::string_view text, std::size_t width) {
  std::string clean = base::replace_invalid_utf8(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  while (clean.ends_with(' ')) clean.pop_back();
  if (width == 0 || display_width(clean) <= width) return clean;
  std::string cut;
  std::size_t cells = 0;
  for (std::size_t i = 0; i < clean.size() && cells + 1 < width; ++cells) {
    const std::size_t bytes = std::max<std::size_t>(1, base::utf8_length_at(clean, i));
    cut.append(clean, i, bytes);
    i += bytes;
  }
  return cut + "…";
}

std::string Table::text() const {
  std::vector<std::size_t> widths(heads_.size(), 0);
  const auto widen = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
      widths[i] = std::max(widths[i], display_width(cells[i]));
    }
  };
  widen(heads_);
  for (const auto& row : rows_) widen(row);
  std::string out;
  const auto print = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
      line += cells[i];
      line.append(widths[i] - display_width(cells[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  print(heads_);
  for (const auto& row : rows_) print(row);
  return out;
}

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

void Output::table(const Table& table) {
  end_progress();
  out_ << table.text();
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
