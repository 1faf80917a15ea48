#include "cli/suggestion.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace threeport::cli {

namespace {

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other (optimal string
/// alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty()) return "";
  const std::string wanted = base::lower(word);
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t steps = distance(wanted, base::lower(candidate));
    // A third of the word may be wrong: enough for typing errors, too little for other words.
    if (steps > std::max<std::size_t>(1, std::min(wanted.size(), candidate.size()) / 3)) continue;
    if (best == nullptr || steps < best_distance) {
      best = &candidate;
      best_distance = steps;
    }
  }
  return best == nullptr ? "" : *best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string found = nearest(word, candidates);
  return found.empty() ? "" : "; did you mean \"" + found + "\"?";
}

}  // namespace threeport::cli
