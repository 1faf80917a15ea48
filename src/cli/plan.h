// Plans as people read them: what each object becomes, and how its members change.
#pragma once

#include "cli/commands.h"

namespace threeport::cli {

/// One line for each object of an applied plan, as kubectl users know it: "tier/gold created".
void print_outcome(Session& session, const json::Value& plan);
/// What a plan would do, member by member, and how to apply it.
void print_plan(Session& session, const json::Value& plan, Format format);

/// The lines of two texts, those that only the older one has with "- ", those that only the newer one has with "+ ",
/// and at most two unchanged ones around them with two spaces; "…" stands for the others.
std::vector<std::string> line_changes(std::string_view from, std::string_view to);

}  // namespace threeport::cli
