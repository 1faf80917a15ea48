// How values look in the tables, and the statement that everything that writes begins with.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "store/database.h"
#include "store/store.h"

namespace threeport::store {

/// Times are microseconds since 1970, UTC.
inline std::int64_t micros(base::TimePoint time) { return time.time_since_epoch().count(); }
inline base::TimePoint time_of(std::int64_t micros) { return base::TimePoint(std::chrono::microseconds(micros)); }

inline Value value_of(const std::optional<base::TimePoint>& time) { return time ? Value(micros(*time)) : Value(); }

inline constexpr std::array<std::string_view, 3> kVerbs = {"created", "updated", "deleted"};
inline std::string_view text_of(Verb verb) { return kVerbs[static_cast<std::size_t>(verb)]; }
inline Verb verb_of(std::string_view text) {
  return text == kVerbs[0] ? Verb::created : text == kVerbs[1] ? Verb::updated : Verb::deleted;
}

/// Locks log_head until the transaction ends: from here on no other replica commits, and the facts that are read stay
/// facts. Answers the head.
inline constexpr std::string_view kTakeHead = "UPDATE log_head SET head = head RETURNING head";

}  // namespace threeport::store
