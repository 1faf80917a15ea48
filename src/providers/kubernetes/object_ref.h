// The name of an object on a cluster, and the type that the name belongs to.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::providers::kubernetes {

/// A type of objects as manifests write it, e.g. {"apps/v1", "Deployment"}.
struct TypeRef {
  std::string api_version;
  std::string kind;

  /// "apps" of "apps/v1"; "" of "v1".
  [[nodiscard]] std::string_view group() const;
  /// "v1" of "apps/v1" and of "v1".
  [[nodiscard]] std::string_view version() const;
  /// "apps/v1/Deployment".
  [[nodiscard]] std::string to_text() const;

  friend auto operator<=>(const TypeRef&, const TypeRef&) = default;
  friend bool operator==(const TypeRef&, const TypeRef&) = default;
};

/// One object: its type, its namespace (empty when cluster-scoped) and its name.
struct ObjectRef {
  std::string api_version;
  std::string kind;
  std::string ns;
  std::string name;

  [[nodiscard]] TypeRef type() const { return {api_version, kind}; }
  /// `apiVersion/kind/namespace/name`, e.g. "apps/v1/Deployment/dev-k3x2/web", "v1/Namespace//dev-k3x2".
  [[nodiscard]] std::string to_text() const;
  /// Reads what to_text() wrote. Error `invalid`.
  static base::Result<ObjectRef> parse(std::string_view text);

  friend auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

/// The reference of a manifest or live object; members that the object lacks are empty.
ObjectRef ref_of(const base::json::Value& object);

/// metadata.labels[key], or "".
std::string_view label_of(const base::json::Value& object, std::string_view key);

/// A type that a cluster serves.
struct ResourceType {
  TypeRef type;
  std::string plural;  ///< "deployments"
  bool namespaced = false;
  std::vector<std::string> verbs;

  [[nodiscard]] bool has_verb(std::string_view verb) const;
};

}  // namespace threeport::providers::kubernetes

template <>
struct std::hash<threeport::providers::kubernetes::ObjectRef> {
  std::size_t operator()(const threeport::providers::kubernetes::ObjectRef& ref) const noexcept;
};
template <>
struct std::hash<threeport::providers::kubernetes::TypeRef> {
  std::size_t operator()(const threeport::providers::kubernetes::TypeRef& type) const noexcept;
};
