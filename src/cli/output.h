// What tptctl prints: lines with the prefixes of v0, tables, colours where a terminal reads them.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/environment.h"
#include "cli/table.h"

namespace threeport::cli {

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
  /// On a terminal fitted to its width, `indent` columns from its edge, with painted heads.
  void table(const Table& table, std::size_t indent = 0);
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

}  // namespace threeport::cli
