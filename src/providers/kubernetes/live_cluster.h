// A real cluster over HTTP.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "providers/kubernetes/cluster.h"
#include "providers/kubernetes/kubeconfig.h"

namespace threeport::providers::kubernetes {

struct LiveOptions {
  unsigned max_in_flight = 16;   ///< calls at a time; watches and followed logs do not count
  base::Clock* clock = nullptr;  ///< null: the machine's
};

/// Does not speak to the cluster yet. Error `invalid`: URL or PEM texts cannot be used.
base::Result<std::shared_ptr<Cluster>> connect_live(const Access& access, const LiveOptions& options = {});

}  // namespace threeport::providers::kubernetes
