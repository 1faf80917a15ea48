// From the texts of options to their values. Errors are `invalid`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"

namespace threeport::cli {

/// --wait. "" and "false": none; "true": five minutes; else a duration.
base::Result<std::optional<base::Millis>> parse_wait(const std::string& text);

/// -o. "": a table.
base::Result<Format> parse_format(const std::string& text, const std::vector<std::string>& allowed);

/// A whole number; "": not given.
base::Result<std::optional<std::int64_t>> parse_count(std::string_view option, const std::string& text);

}  // namespace threeport::cli
