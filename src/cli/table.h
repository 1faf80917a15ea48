// Rows and columns of text, fitted to a terminal.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace threeport::cli {

enum class Colour { none, red, green, yellow, faint, bold };

/// Columns as wide as their widest cell, two spaces apart; cells may hold UTF-8. No trailing spaces.
class Table {
 public:
  using Paint = std::function<std::string(std::string_view text, Colour colour)>;

  explicit Table(std::vector<std::string> heads) : heads_(std::move(heads)) {}
  /// `colours` of the first cells; the others have none.
  void add(std::vector<std::string> cells, std::vector<Colour> colours = {}) {
    rows_.push_back({std::move(cells), std::move(colours)});
  }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// One line a row. With a `width` that this would pass, heads are first broken between their words, then sentences
  /// are cut, the widest first; names never are, so that they can be copied. `paint` paints cells and heads.
  [[nodiscard]] std::string text(std::size_t width = 0, const Paint& paint = {}) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<Colour> colours;
  };
  [[nodiscard]] std::vector<std::size_t> widths(std::size_t width) const;

  std::vector<std::string> heads_;
  std::vector<Row> rows_;
};

/// Cells that a terminal needs for the text: characters, not bytes.
std::size_t display_width(std::string_view text);
/// The text without line breaks and control characters, cut to `width` cells with "…".
std::string one_line(std::string_view text, std::size_t width = 0);

}  // namespace threeport::cli
