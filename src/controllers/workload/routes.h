// Calls on workload instances that are not CRUD (shapes A.4, A.7): rollback and logs.
#pragma once

#include "apiserver/api_server.h"
#include "applyset/clusters.h"
#include "base/worker_pool.h"

namespace threeport::controllers::workload {

namespace k8s = applyset::k8s;

/// Thread-safe; must outlive the server.
class Routes {
 public:
  Routes(apiserver::Objects& objects, applyset::Clusters& clusters);
  /// POST /v0/workload-instances/{}/rollback and GET …/logs; the check of applied manifests; what an abandoned deletion
  /// leaves behind.
  void add_to(apiserver::ApiServer& server);
  /// Ends log streams.
  void stop() { pool_.stop(); }

  /// One container whose log is shown.
  struct Source {
    std::string pod, container;
  };

 private:
  /// The containers of one request, and the way to them.
  struct LogTarget {
    std::shared_ptr<k8s::Connection> connection;
    k8s::LogRequest request;
    std::vector<Source> sources;
  };
  static base::Result<k8s::LogRequest> parse_log_request(const http::Query& query);
  base::Result<LogTarget> find_log_target(schema::ObjectId id, k8s::LogRequest request);
  http::Response rollback(apiserver::Call& call);
  base::Result<apiserver::Object> make_rollback_revision(schema::ObjectId id, const json::Value& body,
                                                         const apiserver::WriteContext& context);
  void logs(const apiserver::Call& call, apiserver::Reply reply);

  apiserver::Objects& objects_;
  applyset::Clusters& clusters_;
  base::WorkerPool pool_;
};

}  // namespace threeport::controllers::workload
