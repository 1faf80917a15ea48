// How the lists of Kubernetes objects are merged by server-side apply: by a key, as a set, or whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "providers/kubernetes/object_ref.h"

namespace threeport::providers::kubernetes {

struct ListShape {
  enum class Sort { atomic, set, keyed };
  Sort sort = Sort::atomic;
  std::vector<std::string_view> keys = {};  ///< of keyed: members that tell elements apart
};

/// The shape of the list in member `field` of an object whose own member name is `parent` ("" at the top). Rules as in
/// the x-kubernetes-list-type and x-kubernetes-list-map-keys of Kubernetes' OpenAPI document (1.34). Lists of custom
/// resources are atomic (their schemas may say otherwise; we do not read them), except those of metadata.
ListShape list_shape(const TypeRef& type, std::string_view parent, std::string_view field);

/// The text of the key of an element, e.g. "containerPort=80,protocol=TCP" (protocol is TCP where absent); "" where the
/// element is not an object or lacks a key.
std::string element_key(const ListShape& shape, const base::json::Value& element);
/// The element with that key, or null.
const base::json::Value* find_element(const ListShape& shape, const base::json::Array& list, std::string_view key);

}  // namespace threeport::providers::kubernetes
