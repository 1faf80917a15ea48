// A graph of workloads and dependencies (shapes A.7) as text.
#pragma once

#include <string>

#include "base/json.h"
#include "cli/table.h"

namespace threeport::cli {

/// A tree: what nothing uses first, below each what it uses. What is used twice has its own dependencies once.
Table graph_tree(const json::Value& graph);
/// For Graphviz.
std::string graph_dot(const json::Value& graph);

}  // namespace threeport::cli
