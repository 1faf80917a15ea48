#include "controllers/explain/graph.h"

#include <algorithm>
#include <map>

#include "controllers/explain/subjects.h"
#include "kinds/dependency.h"

namespace threeport::controllers::explain {
namespace {

using apiserver::Object;
using apiserver::Objects;
using kinds::DependencyClaim;
using kinds::DependencyInstance;
using kinds::WorkloadInstance;

constexpr std::string_view kWorkload = WorkloadInstance::kind.name;
constexpr std::string_view kDependency = DependencyInstance::kind.name;

/// Collects what is reached; one use.
class Collector {
 public:
  explicit Collector(Objects& objects) : objects_(objects) {}

  base::Result<void> begin(const GraphScope& scope) {
    if (scope.workload_instance != 0) {
      TP_TRY(const Object object, objects_.get(kWorkload, scope.workload_instance));
      return add(object);
    }
    if (scope.environment != 0) TP_CHECK(objects_.get(kinds::Environment::kind.name, scope.environment));
    const std::string_view member = scope.environment == 0 ? "" : "EnvironmentID";
    for (const std::string_view kind : {kWorkload, kDependency}) {
      TP_TRY(const auto found, objects_.list(kind, member, scope.environment));
      for (const Object& object : found) TP_CHECK(add(object));
    }
    return {};
  }

  [[nodiscard]] json::Value to_json() const {
    json::Array nodes, edges;
    for (const Object& object : nodes_) nodes.push_back(node(object));
    for (const Claim& claim : claims_) {
      if (!ids_.contains(claim.to)) continue;
      edges.push_back(json::Object{{"From", id_of(claim.from)},
                                   {"To", id_of(claim.to)},
                                   {"Alias", claim.object.data.at("Alias")},
                                   {"Phase", claim.object.data.at("Phase")}});
    }
    return json::Object{{"Nodes", std::move(nodes)}, {"Edges", std::move(edges)}};
  }

 private:
  struct Claim {
    ObjectId from = 0, to = 0;
    Object object;
  };

  static std::string label_of(const Object& object) { return std::string(object.kind->name) + "/" + name_of(object); }
  [[nodiscard]] std::string id_of(ObjectId id) const {
    const std::string& label = ids_.at(id);
    const auto same = std::count_if(ids_.begin(), ids_.end(), [&](const auto& other) { return other.second == label; });
    return same > 1 ? label + "@" + std::to_string(id) : label;
  }

  /// The object, and what it uses.
  base::Result<void> add(const Object& object) {
    if (!ids_.emplace(object.id, label_of(object)).second) return {};
    nodes_.push_back(object);
    const bool is_workload = object.kind->name == kWorkload;
    TP_TRY(const auto claims, objects_.list(DependencyClaim::kind.name,
                                            is_workload ? "WorkloadInstanceID" : "ByDependencyInstanceID", object.id));
    for (const Object& claim : claims) {
      const auto to = claim.data.at("DependencyInstanceID").as_int().value_or(0);
      claims_.push_back({.from = object.id, .to = to, .object = claim});
      TP_TRY(const auto used, objects_.find(kDependency, to));
      if (used) TP_CHECK(add(*used));
    }
    return {};
  }

  [[nodiscard]] json::Value node(const Object& object) const {
    const State state = state_of(object);
    json::Object out{{"ID", id_of(object.id)}, {"Kind", object.kind->name}, {"Name", name_of(object)},
                     {"ObjectID", object.id},  {"Ready", state.ready},      {"Reason", state.reason}};
    if (object.kind->name == kDependency) {
      out.append("Type", object.data.at("Type"));
      out.append("Profile", object.data.at("Profile", "Name"));
    }
    if (const json::Value& word = object.data.at("Status"); !word.text().empty()) out.append("State", word);
    return json::Value(std::move(out));
  }

  Objects& objects_;
  std::map<ObjectId, std::string> ids_;
  std::vector<Object> nodes_;
  std::vector<Claim> claims_;
};

}  // namespace

base::Result<json::Value> read_graph(Objects& objects, const GraphScope& scope) {
  Collector collector(objects);
  TP_CHECK(collector.begin(scope));
  return collector.to_json();
}

}  // namespace threeport::controllers::explain
