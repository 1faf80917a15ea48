// From a workload to the Kubernetes objects that run it. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "score/document.h"
#include "score/placeholder.h"

namespace threeport::score {

/// What a workload meets where it is delivered.
struct Surroundings {
  /// Finds `resources.<alias>` (the identity of what is provided) and `resources.<alias>.<output>...`. A volume whose
  /// source is `${resources.<alias>}` asks for `resources.<alias>.source`, which is a volume source of Kubernetes or
  /// the name of a PersistentVolumeClaim.
  Lookup resources;
  /// Goes into the names that are hashes of contents, so that they tell nothing about these.
  std::string salt;
};

/// The objects, without namespace; each comes after those that it names: ConfigMap and Secret
/// (`<workload>-<10 characters>`, immutable: other contents are another object), Services, then Deployment or
/// StatefulSet `<workload>`. Equal input gives equal objects. The selector of the pods depends on the name alone.
///
/// A value of the environment or a file that contains a secret is a key of the Secret as a whole.
/// Error `invalid`, with the path of the member: an image that is not given, a file whose source was not inlined, a
/// secret as the source of a volume, more than 1 MiB of files or secrets, and the errors of the lookup.
base::Result<std::vector<json::Value>> make_manifests(const Workload& workload, const Surroundings& surroundings);

}  // namespace threeport::score
