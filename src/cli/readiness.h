// How a Kubernetes object is, read from its last recorded state: for tables and sentences.
#pragma once

#include <string>

#include "base/json.h"

namespace threeport::cli {

struct Readiness {
  bool is_ready = true;
  std::string count = {};   ///< "1/2" where the kind counts pods, else ""
  std::string reason = {};  ///< in words, "" where all is well
};

/// `live`: the object as Kubernetes has it, or null where nothing has been recorded. Knows the built-in workloads,
/// pods, jobs and volume claims; of other kinds the conditions Ready, Available and Established count.
Readiness readiness_of(const json::Value& live);

/// "Deployment/web" of a manifest or live object.
std::string object_text(const json::Value& object);

}  // namespace threeport::cli
