// Rules of kinds that need more than one member: what the tables cannot say. Pure.
#pragma once

#include <span>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace threeport::kinds {

/// Judges an object that a user creates (`before` null) or changes. Error `invalid` names the member, the rule and the
/// fix.
struct Rule {
  std::string_view kind;
  base::Result<void> (*check)(const json::Value* before, const json::Value& after);
};

/// All rules of this build; a kind may have several.
std::span<const Rule> rules();

}  // namespace threeport::kinds
