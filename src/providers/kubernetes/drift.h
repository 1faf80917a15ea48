// Has somebody changed what we own of an object? Pure functions.
//
// Two ways are offered. `owned_hash` is the one to store (WorkloadResourceInstance.AppliedHash): it hashes, of a live
// object, the members that our manifest names. Taken from the answer to our apply and again from what an informer
// shows, it never meets defaulting or normalisation, because both sides went through the server. `drifted` needs
// nothing stored and compares manifest and live object by meaning, for the first look at an object and for plans.
// managedFields would tell the same for changes of values, but costs more memory than the objects, is rewritten by
// each manager's every update, and loses our entry without a trace when another manager forces a field to our own
// value.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace threeport::providers::kubernetes {

struct DriftOptions {
  bool ignore_replicas = false;  ///< an autoscaler owns spec.replicas
};

/// Hex SHA-256 of the members of `live` that `desired` names: maps by key, lists by the merge key of their type (name,
/// containerPort+protocol, mountPath, ...) or whole; stringData of a Secret counts as data. metadata counts only with
/// its labels, annotations, finalizers and ownerReferences; status does not count.
std::string owned_hash(const base::json::Value& desired, const base::json::Value& live,
                       const DriftOptions& options = {});

/// The paths (".spec.template.spec.containers[name=web].image") where `live` lacks or contradicts what `desired` names;
/// empty: no drift. Equal are: quantities ("1000m", 1), numbers by value, int-or-string of the same text, base64 and
/// stringData, null or empty and absent. Members that only `live` has do not count, except elements of lists without a
/// merge key.
std::vector<std::string> differences(const base::json::Value& desired, const base::json::Value& live,
                                     const DriftOptions& options = {});

inline bool drifted(const base::json::Value& desired, const base::json::Value& live, const DriftOptions& options = {}) {
  return !differences(desired, live, options).empty();
}

}  // namespace threeport::providers::kubernetes
