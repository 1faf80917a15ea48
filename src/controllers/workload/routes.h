// Calls on workload instances that are not CRUD (shapes A.4, A.7): rollback and logs.
#pragma once

#include "apiserver/api_server.h"
#include "base/worker_pool.h"
#include "controllers/clusters.h"

namespace threeport::controllers::workload {

/// Thread-safe; must outlive the server.
class Routes {
 public:
  Routes(apiserver::Objects& objects, Clusters& clusters);
  /// POST /v0/workload-instances/{}/rollback and GET …/logs; the check of applied manifests; what an abandoned deletion
  /// leaves behind.
  void add_to(apiserver::ApiServer& server);
  /// Ends log streams.
  void stop() { pool_.stop(); }

 private:
  http::Response rollback(apiserver::Call& call);
  base::Result<apiserver::Object> make_rollback_revision(schema::ObjectId id, const json::Value& body,
                                                         const apiserver::WriteContext& context);
  void logs(apiserver::Call call, http::Responder responder);

  apiserver::Objects& objects_;
  Clusters& clusters_;
  base::WorkerPool pool_;
};

}  // namespace threeport::controllers::workload
