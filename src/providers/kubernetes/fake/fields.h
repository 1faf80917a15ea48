// Server-side apply: who owns which field of an object, and what an apply makes of it.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "providers/kubernetes/object_ref.h"

namespace threeport::providers::kubernetes::fake {

/// Paths of scalars, empty containers, atomic lists, and elements of keyed lists and sets.
using FieldSet = std::set<std::string, std::less<>>;
using Owners = std::map<std::string, FieldSet, std::less<>>;

struct FieldConflict {
  std::string manager;
  std::string path;
};

struct Applied {
  base::json::Value object;
  Owners owners;
  std::vector<FieldConflict> conflicts;  ///< not empty: object and owners are not to be used
};

/// The fields that a manifest names; apiVersion, kind and the identity in metadata are nobody's.
FieldSet fields_of(const TypeRef& type, const base::json::Value& manifest);

/// Applies `manifest` for `manager` to `live` (an empty object where there is none): sets what it names, removes what
/// the manager named before and nobody else owns. A field of another manager with another value is a conflict, or
/// taken over with `force`; with an equal value it is shared.
Applied apply_fields(const base::json::Value& live, Owners owners, const base::json::Value& manifest,
                     const std::string& manager, bool force);

/// Ownership after an ordinary write: changed fields go to `manager`, removed ones to nobody.
Owners own_changes(const base::json::Value& before, const base::json::Value& after, Owners owners,
                   const std::string& manager);

}  // namespace threeport::providers::kubernetes::fake
