// From a request to its handler: a table of patterns, no logic.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/objects.h"
#include "http/server.h"

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
/// Keeps the responder: streams and long waits.
using StreamHandler = std::function<void(Call, http::Responder)>;

/// Filled before use, then read-only and safe to share.
class Router {
 public:
  struct Route {
    std::string method, pattern;
    std::string summary;  ///< one sentence for the API's documentation
  };
  /// Pattern: "/v0/workload-instances/{}/rollback"; {} stands for one segment. The literal wins over {}.
  void add(std::string_view method, std::string_view pattern, std::string_view summary, Handler handler);
  void add_stream(std::string_view method, std::string_view pattern, std::string_view summary, StreamHandler handler);
  /// All that was added, in that order.
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Handler* handler = nullptr;
    const StreamHandler* stream = nullptr;
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
    std::map<std::string, StreamHandler, std::less<>> streams;
    std::string pattern;
  };
  Node& node_of(std::string_view pattern);
  static const Node* descend(const Node& node, std::string_view rest, std::vector<std::string>& parameters);

  Node root_;
  std::vector<Route> routes_;
};

}  // namespace threeport::apiserver
