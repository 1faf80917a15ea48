#include "apiserver/router.h"

#include <set>

#include "base/text.h"

namespace threeport::apiserver {
namespace {

/// Takes the first segment off a path that begins with a slash.
std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const std::size_t end = rest.find('/');
  const std::string_view segment = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  return segment;
}

}  // namespace

Operation& Router::add(std::string_view method, std::string_view pattern, std::string_view summary, Handler handler) {
  TP_ASSERT(node_of(pattern).handlers.emplace(method, std::move(handler)).second);
  return routes_.emplace_back(std::string(method), std::string(pattern), Operation(std::string(summary))).operation;
}

Operation& Router::add_deferred(std::string_view method, std::string_view pattern, std::string_view summary,
                                DeferredHandler handler) {
  TP_ASSERT(node_of(pattern).deferred.emplace(method, std::move(handler)).second);
  return routes_.emplace_back(std::string(method), std::string(pattern), Operation(std::string(summary))).operation;
}

Router::Node& Router::node_of(std::string_view pattern) {
  Node* node = &root_;
  for (std::string_view rest = pattern; !rest.empty();) {
    const std::string_view segment = take_segment(rest);
    if (segment == "{}") {
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      node = &node->literal[std::string(segment)];
    }
  }
  node->pattern = pattern;
  return *node;
}

const Router::Node* Router::descend(const Node& node, std::string_view rest, std::vector<std::string>& parameters) {
  if (rest.empty()) return &node;
  const std::string_view segment = take_segment(rest);
  if (const auto it = node.literal.find(segment); it != node.literal.end()) {
    if (const Node* found = descend(it->second, rest, parameters)) return found;
  }
  if (!node.parameter || segment.empty()) return nullptr;
  parameters.push_back(http::percent_decode(segment));
  const Node* found = descend(*node.parameter, rest, parameters);
  if (found == nullptr) parameters.pop_back();
  return found;
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const Node* node = descend(root_, path, match.parameters);
  if (node == nullptr || (node->handlers.empty() && node->deferred.empty())) return match;
  match.path_known = true;
  match.pattern = node->pattern;
  if (const auto it = node->handlers.find(method); it != node->handlers.end()) match.handler = &it->second;
  if (const auto it = node->deferred.find(method); it != node->deferred.end()) match.deferred = &it->second;
  if (match.handler != nullptr || match.deferred != nullptr) return match;
  std::set<std::string_view> methods;
  for (const auto& [name, handler] : node->handlers) methods.insert(name);
  for (const auto& [name, handler] : node->deferred) methods.insert(name);
  match.allowed = base::join(methods, ", ");
  return match;
}

}  // namespace threeport::apiserver
