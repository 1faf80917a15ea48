// "did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace threeport::cli {

/// The candidate that is nearest to the word, compared without case; "" where none is near enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// `; did you mean "x"?`, or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace threeport::cli
