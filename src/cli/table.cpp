#include "cli/table.h"

#include <algorithm>
#include <numeric>

#include "base/utf8.h"

namespace threeport::cli {

namespace {

constexpr std::size_t kGap = 2;
/// Sentences are not made narrower than this.
constexpr std::size_t kLeastSentence = 16;

/// The words of a text in as few lines of that width as they need; a longer word is a line of its own.
std::vector<std::string> broken(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!lines.empty() && display_width(lines.back()) + 1 + display_width(word) <= width) {
      lines.back() += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

std::size_t longest_word(std::string_view head) {
  std::size_t longest = 0;
  for (const std::string& word : broken(head, 0)) longest = std::max(longest, display_width(word));
  return longest;
}

std::size_t total(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
         kGap * (widths.empty() ? 0 : widths.size() - 1);
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

std::vector<std::size_t> Table::widths(std::size_t width) const {
  std::vector<std::size_t> cells(heads_.size(), 0), out;
  std::vector<bool> is_sentence(heads_.size(), false);
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < std::min(row.cells.size(), cells.size()); ++i) {
      cells[i] = std::max(cells[i], display_width(row.cells[i]));
      is_sentence[i] = is_sentence[i] || row.cells[i].find(' ') != std::string::npos;
    }
  }
  for (std::size_t i = 0; i < heads_.size(); ++i) out.push_back(std::max(cells[i], display_width(heads_[i])));
  if (width == 0 || total(out) <= width) return out;
  for (std::size_t i = 0; i < heads_.size(); ++i) out[i] = std::max(cells[i], longest_word(heads_[i]));
  while (total(out) > width) {
    std::size_t widest = out.size();
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (is_sentence[i] && out[i] > kLeastSentence && (widest == out.size() || out[i] > out[widest])) widest = i;
    }
    if (widest == out.size()) return out;
    --out[widest];
  }
  // What is left goes to heads that would otherwise be broken.
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const std::size_t wanted = display_width(heads_[i]);
    if (wanted > out[i] && total(out) + wanted - out[i] <= width) out[i] = wanted;
  }
  return out;
}

std::string Table::text(std::size_t width, const Paint& paint) const {
  const std::vector<std::size_t> columns = widths(width);
  std::string out;
  /// One line of one line a cell.
  const auto print = [&](const std::vector<std::string_view>& cells, const auto& colour_of) {
    std::size_t owed = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::size_t used = display_width(cells[i]);
      if (used > 0) {
        out.append(owed, ' ');
        out += paint ? paint(cells[i], colour_of(i)) : std::string(cells[i]);
        owed = 0;
      }
      owed += std::max(columns[i], used) - used + kGap;
    }
    out += '\n';
  };
  const auto print_row = [&](const std::vector<std::string>& cells, bool at_bottom, const auto& colour_of) {
    std::vector<std::vector<std::string>> parts;
    std::size_t height = 1;
    for (std::size_t i = 0; i < std::min(cells.size(), columns.size()); ++i) {
      const bool fits = display_width(cells[i]) <= columns[i];
      parts.push_back(fits ? std::vector<std::string>{cells[i]} : broken(cells[i], columns[i]));
      height = std::max(height, parts.back().size());
    }
    for (std::size_t line = 0; line < height; ++line) {
      std::vector<std::string_view> texts;
      for (const auto& part : parts) {
        const std::size_t above = at_bottom ? height - part.size() : 0;
        const bool is_there = line >= above && line - above < part.size();
        texts.push_back(is_there ? std::string_view(part[line - above]) : std::string_view());
      }
      print(texts, colour_of);
    }
  };
  print_row(heads_, true, [](std::size_t) { return Colour::bold; });
  for (const Row& row : rows_) {
    print_row(row.cells, false, [&](std::size_t i) { return i < row.colours.size() ? row.colours[i] : Colour::none; });
  }
  return out;
}

}  // namespace threeport::cli
