// A benchmark that cannot measure ends at once: a figure of something else would be worse than none.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace threeport::bench {

/// Says why, and ends the program with exit code 1.
[[noreturn]] inline void fail(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

/// The value; ends the program where there is none.
template <typename T>
T must(base::Result<T> result) {
  if (!result) fail(result.error().message + " " + result.error().detail);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace threeport::bench
