// What the fake API server refuses, in the words of the real one. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace threeport::providers::kubernetes::fake {

/// An answer of an API server that is not a success.
struct Refusal {
  int code;
  base::json::Value status;
};

Refusal make_refusal(int code, std::string_view reason, std::string message);
/// 404 of an object.
Refusal missing(std::string_view plural, std::string_view name);
/// Judges an object as it would be stored; `before` is what is stored now, or null.
std::optional<Refusal> validate(const base::json::Value& object, const base::json::Value* before);

}  // namespace threeport::providers::kubernetes::fake
