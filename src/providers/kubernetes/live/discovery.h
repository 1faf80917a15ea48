// Reading the discovery documents of an API server. Pure.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "providers/kubernetes/object_ref.h"

namespace threeport::providers::kubernetes::live {

/// Asks for the aggregated form, and takes the old one.
inline constexpr std::string_view kDiscoveryAccept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

bool is_aggregated(const base::json::Value& document);
/// Types of an APIGroupDiscoveryList.
std::vector<ResourceType> types_of_aggregated(const base::json::Value& document);
/// Types of an APIResourceList (one group and version). Sub-resources are left out, here and above.
std::vector<ResourceType> types_of_list(const base::json::Value& document);
/// The group versions of an APIVersions or APIGroupList document, e.g. "v1", "apps/v1".
std::vector<std::string> group_versions_of(const base::json::Value& document);

/// "/api/v1" or "/apis/apps/v1".
std::string path_of_version(std::string_view api_version);
/// The path of the collection, or of the object where `name` is not empty.
std::string path_of(const ResourceType& type, std::string_view ns, std::string_view name);

}  // namespace threeport::providers::kubernetes::live
