// From a request to its handler: a table of patterns, no logic.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/objects.h"
#include "apiserver/operation.h"
#include "apiserver/reply.h"

namespace threeport::apiserver {

/// A request on its way to a handler.
struct Call {
  http::Request request;
  http::Query query;
  std::vector<std::string> parameters;  ///< what stood in the place of each {} of the pattern, percent-decoded
  WriteContext context;                 ///< who asks, and under which request id
};

/// Answers at once.
using Handler = std::function<http::Response(Call&)>;
/// Keeps the reply and answers when it can: commits, deferred and long waits.
using DeferredHandler = std::function<void(Call, Reply)>;

/// Filled before use, then read-only and safe to share.
class Router {
 public:
  struct Route {
    std::string method, pattern;
    Operation operation;  ///< for the API's documentation
  };
  /// Pattern: "/v0/workload-instances/{}/rollback"; {} stands for one segment. The literal wins over {}. The summary is
  /// one sentence; what the route takes and answers may be said of the result, until the next route is added.
  Operation& add(std::string_view method, std::string_view pattern, std::string_view summary, Handler handler);
  Operation& add_deferred(std::string_view method, std::string_view pattern, std::string_view summary,
                          DeferredHandler handler);
  /// All that was added, in that order.
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Handler* handler = nullptr;
    const DeferredHandler* deferred = nullptr;
    std::string_view pattern;  ///< for metrics
    std::vector<std::string> parameters;
    bool path_known = false;  ///< some method is served there
    std::string allowed;      ///< "GET, POST": for 405
  };
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

 private:
  struct Node {
    std::map<std::string, Node, std::less<>> literal;
    std::unique_ptr<Node> parameter;
    std::map<std::string, Handler, std::less<>> handlers;
    std::map<std::string, DeferredHandler, std::less<>> deferred;
    std::string pattern;
  };
  Node& node_of(std::string_view pattern);
  static const Node* descend(const Node& node, std::string_view rest, std::vector<std::string>& parameters);

  Node root_;
  std::vector<Route> routes_;
};

}  // namespace threeport::apiserver
