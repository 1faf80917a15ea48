#include "bench/figures.h"

#include <algorithm>
#include <cstdio>

namespace threeport::bench {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void Figures::add(std::string_view name, double value, std::string_view unit) const {
  const char* form =
      format_ == Format::json ? "{\"name\":\"%.*s\",\"value\":%.3f,\"unit\":\"%.*s\"}\n" : "%-46.*s %12.3f %.*s\n";
  std::printf(form, static_cast<int>(name.size()), name.data(), value, static_cast<int>(unit.size()), unit.data());
  std::fflush(stdout);
}

}  // namespace threeport::bench
