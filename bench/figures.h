// Where figures go: standard output, one line a figure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace threeport::bench {

/// The middle one; of an even number the mean of both.
double median(std::vector<double> values);

class Figures {
 public:
  enum class Format { text, json };
  explicit Figures(Format format) : format_(format) {}

  /// `name value unit`, or an object with these members.
  void add(std::string_view name, double value, std::string_view unit) const;
  /// A quotient of two figures of this run: the unit is `share`.
  void add_share(std::string_view name, double share) const { add(name, share, "share"); }

 private:
  Format format_;
};

}  // namespace threeport::bench
