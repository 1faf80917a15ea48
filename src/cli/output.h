// What tptctl prints: lines with the prefixes of v0, tables, colours where a terminal reads them.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/environment.h"

namespace threeport::cli {

enum class Colour { none, red, green, yellow, faint, bold };

/// Columns as wide as their widest cell, two spaces apart; cells may hold UTF-8. No trailing spaces.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) : heads_(std::move(heads)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> heads_;
  std::vector<std::vector<std::string>> rows_;
};

/// Writes to one Environment; not thread-safe.
class Output {
 public:
  explicit Output(const Environment& environment);

  void info(std::string_view text) { prefixed(out_, "Info: ", Colour::none, text); }
  void complete(std::string_view text) { prefixed(out_, "Complete: ", Colour::green, text); }
  void warning(std::string_view text) { prefixed(err_, "Warning: ", Colour::yellow, text); }
  /// One line: what, where, why and what to do next.
  void error(const base::Error& error);
  void line(std::string_view text);
  void table(const Table& table);
  /// The text in that colour, or as it is where colours are off.
  [[nodiscard]] std::string paint(std::string_view text, Colour colour) const;

  /// Lines that are rewritten in place on a terminal; elsewhere only those are printed that differ from the last time.
  void progress(const std::vector<std::string>& lines);
  /// Leaves the progress lines as they are; what follows is printed below them.
  void end_progress();

 private:
  void prefixed(std::ostream& stream, std::string_view prefix, Colour colour, std::string_view text);

  std::ostream& out_;
  std::ostream& err_;
  bool is_terminal_;
  bool has_colours_;
  std::size_t width_;
  std::vector<std::string> progress_;
};

/// Time since then in its largest unit and the next: "5s", "3m", "4h12m", "9d"; "" for an empty time.
std::string age(std::string_view rfc3339, base::TimePoint now);
/// Cells that a terminal needs for the text: characters, not bytes.
std::size_t display_width(std::string_view text);
/// The text without line breaks and control characters, cut to `width` cells with "…".
std::string one_line(std::string_view text, std::size_t width = 0);

}  // namespace threeport::cli
