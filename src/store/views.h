// One SQL view a kind, so that people can ask the database in words of the API: v0_workload_instances has a row for
// each live object, with a column for each member. Derived from the tables of the kinds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/registry.h"
#include "store/database.h"

namespace threeport::store {

struct View {
  std::string name;
  std::string sql;  ///< CREATE VIEW
};

/// "v0_workload_instances", after the path of the kind.
std::string view_name(const schema::KindDescriptor& kind);
/// "KubernetesRuntimeInstanceID" → "kubernetes_runtime_instance_id".
std::string column_name(std::string_view member);

/// The views of all kinds, in the order of the registry. Columns: id, the stored members, version, generation, and of
/// reconciled kinds observed_generation and reconciled. Members that are secret, or may hold secrets, have none. Pure.
std::vector<View> make_views(const schema::Registry& registry, const Dialect& dialect);

}  // namespace threeport::store
