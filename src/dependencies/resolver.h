// From what is declared to what has to be there: the decision of the dependency engine. A pure function over the
// declarations of one claimant, the place where it lives, the profiles, and the instances and claims that it touches.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "dependencies/declaration.h"
#include "dependencies/profile.h"

namespace threeport::dependencies {

using kinds::DependencyClaim;
using kinds::DependencyInstance;

/// What makes two declarations mean the same thing.
struct Identity {
  std::string type, class_name, key;
  std::string scope;
  ObjectId scope_id = 0;

  /// TYPE.CLASS#KEY, as in DependencyInstance.Identity.
  [[nodiscard]] std::string text() const { return type + "." + class_name + "#" + key; }
  friend bool operator==(const Identity&, const Identity&) = default;
  friend auto operator<=>(const Identity&, const Identity&) = default;
};
Identity identity_of(const DependencyInstance& instance);

/// Who claims: a workload instance, or a dependency that has requirements of its own.
struct Claimant {
  ObjectId id = 0;  ///< 0: not made yet
  bool is_workload = true;
  std::string name;  ///< of the workload instance, or the key of the dependency
};

/// The instances and claims that a resolution may meet. It need hold only those with an identity that comes up; what it
/// lacks counts as not there.
class Index {
 public:
  void add(DependencyInstance instance);
  void add(DependencyClaim claim);

  /// The newest incarnation, nullptr where there is none.
  [[nodiscard]] const DependencyInstance* find(const Identity& identity) const;
  [[nodiscard]] const DependencyInstance* find(ObjectId id) const;
  [[nodiscard]] const DependencyClaim* find_claim(ObjectId id) const;
  [[nodiscard]] std::vector<const DependencyClaim*> claims_by(const Claimant& claimant) const;
  [[nodiscard]] std::vector<const DependencyClaim*> claims_on(ObjectId instance) const;

 private:
  std::map<ObjectId, DependencyInstance> instances_;
  std::map<Identity, ObjectId> newest_;
  std::map<ObjectId, DependencyClaim> claims_;
  std::multimap<std::pair<bool, ObjectId>, ObjectId> by_claimant_;
  std::multimap<ObjectId, ObjectId> on_instance_;
};

enum class Action { create, reuse, update, replace };
std::string_view to_string(Action action);

/// One instance of the result.
struct Node {
  Action action = Action::create;
  /// As it is to be. New ones have ID 0; `replace`: the next incarnation, ReplacesID names the present one.
  DependencyInstance instance;
  DependencyProfile profile;
  std::string reason;  ///< why this profile, or what changes
};

inline constexpr std::size_t kRoot = static_cast<std::size_t>(-1);

/// One claim of the result: `from` uses `to`.
struct Edge {
  std::size_t from = kRoot;  ///< index of a node, or the claimant
  std::size_t to = 0;
  std::string alias;  ///< "resources.ALIAS" where the parameters of `from` name it
  json::Value params;
  ObjectId claim = 0;  ///< the claim that is there already
};

struct Resolution {
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  /// Claims of the claimant that nothing asks for any more.
  std::vector<ObjectId> releases;
};

/// What of a profile an instance keeps.
json::Value snapshot_of(const DependencyProfile& profile);
/// The instance that takes over from this one: without an id, and with nothing that was made.
DependencyInstance next_incarnation(const DependencyInstance& instance);

struct Request {
  Claimant claimant;
  std::vector<Declaration> declarations;
  Setting setting;
  bool discard_data = false;  ///< data of what has to be replaced may be lost
};

/// Same inputs, same result. Errors `invalid` name the alias, the rule and the fix: no profile, parameters that differ
/// from those of another user (naming both), a cycle (with its path), a replacement that would lose data. `blocked`:
/// what it needs is leaving.
base::Result<Resolution> resolve(const Request& request, const Catalogue& catalogue, const Index& index);

/// The identities of the direct declarations: what an Index has to hold for them. The result may grow once those
/// instances are known (their requirements); what makes nothing has none.
base::Result<std::vector<Identity>> identities_of(const Request& request, const Catalogue& catalogue,
                                                  const Index& index);

}  // namespace threeport::dependencies
