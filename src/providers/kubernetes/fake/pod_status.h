// The status that a kubelet reports of a pod. Pure.
#pragma once

#include <string_view>

#include "base/json.h"
#include "providers/kubernetes/fake_cluster.h"

namespace threeport::providers::kubernetes::fake {

inline constexpr std::string_view kNoNode = "0/1 nodes are available: 1 Insufficient cpu.";

std::string_view first_image(const base::json::Value& pod);
base::json::Value make_pod_status(const base::json::Value& pod, PodFate fate);

}  // namespace threeport::providers::kubernetes::fake
