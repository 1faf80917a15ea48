// Calls that explain: GET /v0/explain/<plural>/<id> and GET /v0/graph (shapes A.7).
#pragma once

#include "apiserver/api_server.h"
#include "applyset/clusters.h"
#include "base/worker_pool.h"
#include "controllers/explain/reader.h"

namespace threeport::controllers::explain {

/// Thread-safe; must outlive the server.
class Routes {
 public:
  Routes(apiserver::Objects& objects, applyset::Clusters& clusters);
  void add_to(apiserver::ApiServer& server);
  /// Explanations that are on their way are answered; those that wait are dropped.
  void stop() { pool_.stop(); }

 private:
  void explain(const apiserver::Call& call, apiserver::Reply reply);
  http::Response graph(const apiserver::Call& call);

  apiserver::Objects& objects_;
  Reader reader_;
  base::WorkerPool pool_;  ///< a cluster that hangs takes these threads, not those of the server
};

}  // namespace threeport::controllers::explain
