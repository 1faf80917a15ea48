// What every Cluster guarantees, as tests: instantiate ClusterContract with a contract::Target for each of them. The
// real one needs an API server with its controllers; no node.
#pragma once

#include "providers/kubernetes/contract/apply_suite.h"
#include "providers/kubernetes/contract/fixture.h"
#include "providers/kubernetes/contract/lifecycle_suite.h"
#include "providers/kubernetes/contract/watch_suite.h"
