// Values as JSON or YAML on standard output.
#pragma once

#include "cli/commands.h"
#include "cli/output.h"

namespace threeport::cli {

/// `format` is json or yaml.
void print_document(Output& output, const json::Value& value, Format format);

}  // namespace threeport::cli
