// Label and field selectors as an API server reads them.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::providers::kubernetes::fake {

/// All terms must hold.
class Selector {
 public:
  /// `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined by commas. Error `invalid`.
  static base::Result<Selector> parse_labels(std::string_view text);
  /// `path=value`, `path!=value`; any path of texts in the object, e.g. involvedObject.uid. Error `invalid`.
  static base::Result<Selector> parse_fields(std::string_view text);

  [[nodiscard]] bool matches(const base::json::Value& object) const;

 private:
  enum class Operator { in, not_in, exists, absent };
  struct Term {
    std::string key;
    Operator op = Operator::in;
    std::vector<std::string> values = {};
  };
  static base::Result<Term> parse_term(std::string_view text);
  [[nodiscard]] bool holds(const Term& term, const base::json::Value& object) const;

  bool on_fields_ = false;
  std::vector<Term> terms_;
};

}  // namespace threeport::providers::kubernetes::fake
