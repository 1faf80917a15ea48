// Quantities of Kubernetes: "500m", "1Gi", "2e3".
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
#pragma once

#include <optional>
#include <string_view>

namespace threeport::providers::kubernetes {

/// Exactly mantissa * 10^exponent, the mantissa without trailing zeros; equal quantities are equal members.
struct Quantity {
  __extension__ __int128 mantissa = 0;
  int exponent = 0;
  friend bool operator==(const Quantity&, const Quantity&) = default;
};

/// Nothing where the text is not a quantity, or has more than 18 digits.
std::optional<Quantity> parse_quantity(std::string_view text);

}  // namespace threeport::providers::kubernetes
