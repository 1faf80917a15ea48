#include "dependencies/resolver.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace threeport::dependencies {
namespace {

/// Requirements of requirements: far more than anybody needs.
constexpr std::size_t kDeepest = 32;
constexpr std::string_view kSharedKey = "shared";
constexpr std::string_view kUses = "resources.";

std::string claimant_text(const Claimant& claimant) {
  return (claimant.is_workload ? "workload instance " : "dependency ") + claimant.name;
}

/// Whether one of the parameters that need another instance differs.
std::optional<std::string> immutable_change(const DependencyProfile& profile, const json::Value& before,
                                            const json::Value& after) {
  for (const json::Value& name : profile.immutable_params) {
    if (before.at(name.text()) != after.at(name.text())) return std::string(name.text());
  }
  return std::nullopt;
}

class Resolving {
 public:
  Resolving(const Request& request, const Catalogue& catalogue, const Index& index)
      : request_(request), catalogue_(catalogue), index_(index) {}

  base::Result<Resolution> run() {
    TP_CHECK(resolve_all(request_.claimant, kRoot, request_.declarations, request_.setting));
    TP_CHECK(add_uses());
    TP_CHECK(check_cycles());
    for (const DependencyClaim* claim : index_.claims_by(request_.claimant)) {
      const bool wanted = std::any_of(out_.edges.begin(), out_.edges.end(),
                                      [&](const Edge& edge) { return edge.claim == claim->meta.id; });
      if (!wanted) out_.releases.push_back(claim->meta.id);
    }
    return std::move(out_);
  }

  struct Wanted {
    Identity identity;
    bool is_explicit = false;
    Choice choice;
  };
  /// The identity of a declaration, and the profile that would provide it. Who has it already keeps it, whatever
  /// profiles there are now, and whatever the claimant is called now.
  base::Result<Wanted> identify(const Claimant& claimant, const Declaration& declaration,
                                const Setting& setting) const {
    if (const DependencyInstance* mine = claimed(claimant, declaration))
      return Wanted{.identity = identity_of(*mine), .is_explicit = mine->explicit_id, .choice = {}};
    auto choice = catalogue_.choose(declaration.type, declaration.class_name, setting);
    if (!choice) return std::move(choice).error().with_context(place(claimant, declaration.alias));
    const DependencyProfile& profile = *choice->profile;
    std::string key = declaration.id   ? *declaration.id
                      : profile.shared ? std::string(kSharedKey)
                                       : claimant.name + "." + declaration.alias;
    return Wanted{.identity = {.type = declaration.type,
                               .class_name = declaration.class_name,
                               .key = std::move(key),
                               .scope = profile.scope,
                               .scope_id = scope_id_of(setting, profile.scope)},
                  .is_explicit = declaration.id.has_value(),
                  .choice = std::move(*choice)};
  }

 private:
  static std::string place(const Claimant& claimant, const std::string& alias) {
    return claimant.is_workload ? "resources." + alias : "dependency " + claimant.name + ", Requires." + alias;
  }

  /// What the claimant has under this alias already; the newest incarnation.
  [[nodiscard]] const DependencyInstance* claimed(const Claimant& claimant, const Declaration& declaration) const {
    if (claimant.id == 0) return nullptr;
    const DependencyInstance* out = nullptr;
    for (const DependencyClaim* claim : index_.claims_by(claimant)) {
      const DependencyInstance* instance =
          claim->alias == declaration.alias ? index_.find(claim->instance.id) : nullptr;
      if (instance == nullptr || instance->type != declaration.type ||
          instance->dependency_class != declaration.class_name || instance->explicit_id != declaration.id.has_value() ||
          (declaration.id && instance->key != *declaration.id))
        continue;
      if (out == nullptr || out->incarnation < instance->incarnation) out = instance;
    }
    return out;
  }

  base::Result<void> resolve_all(const Claimant& claimant, std::size_t from,
                                 const std::vector<Declaration>& declarations, const Setting& setting) {
    for (const Declaration& declaration : declarations) TP_CHECK(resolve_one(claimant, from, declaration, setting));
    return {};
  }

  base::Result<void> resolve_one(const Claimant& claimant, std::size_t from, const Declaration& declaration,
                                 const Setting& setting) {
    TP_TRY(const Wanted wanted, identify(claimant, declaration, setting));
    if (wanted.choice.profile != nullptr && is_inline(*wanted.choice.profile)) return {};  // makes nothing
    TP_TRY(const std::size_t to, node_for(claimant, declaration, wanted, setting));
    out_.edges.push_back({.from = from,
                          .to = to,
                          .alias = declaration.alias,
                          .params = declaration.params,
                          .claim = claim_id(claimant, declaration.alias, out_.nodes[to].instance.meta.id)});
    return {};
  }

  [[nodiscard]] ObjectId claim_id(const Claimant& claimant, std::string_view alias, ObjectId instance) const {
    if (claimant.id == 0 || instance == 0) return 0;
    for (const DependencyClaim* claim : index_.claims_by(claimant)) {
      if (claim->alias == alias && claim->instance.id == instance) return claim->meta.id;
    }
    return 0;
  }

  /// The node of an identity, made and resolved on when it comes up for the first time.
  base::Result<std::size_t> node_for(const Claimant& claimant, const Declaration& declaration, const Wanted& wanted,
                                     const Setting& setting) {
    if (const auto known = nodes_.find(wanted.identity); known != nodes_.end()) {
      TP_CHECK(join(known->second, claimant, declaration));
      return known->second;
    }
    if (path_.size() >= kDeepest) return too_deep(wanted.identity);
    const DependencyInstance* existing = index_.find(wanted.identity);
    TP_TRY(Node node,
           existing == nullptr ? make_new(declaration, wanted, setting) : adopt(*existing, claimant, declaration));
    const std::size_t at = out_.nodes.size();
    nodes_[wanted.identity] = at;
    owners_[at] = claimant_text(claimant) + ", " + declaration.alias;
    const Claimant child{.id = node.action == Action::replace ? 0 : node.instance.meta.id,
                         .is_workload = false,
                         .name = node.instance.key};
    auto declarations = parse_declarations(node.profile.requires_, "Requires");
    if (!declarations) return std::move(declarations).error().with_context("profile " + node.profile.name);
    const Setting inner = restrict_to(setting, node.profile.scope);
    out_.nodes.push_back(std::move(node));
    path_.push_back(wanted.identity.text());
    TP_CHECK(resolve_all(child, at, *declarations, inner));
    path_.pop_back();
    return at;
  }

  base::Error too_deep(const Identity& identity) const {
    std::vector<std::string> last(path_.end() - 4, path_.end());
    last.push_back(identity.text());
    return base::invalid("profiles require each other without end: ... -> " + base::join(last, " -> ") +
                         "; correct their Requires");
  }

  base::Result<Node> make_new(const Declaration& declaration, const Wanted& wanted, const Setting& setting) const {
    const DependencyProfile& profile = *wanted.choice.profile;
    Node out{.action = Action::create, .instance = {}, .profile = profile, .reason = wanted.choice.reason};
    DependencyInstance& made = out.instance;
    made.identity = wanted.identity.text();
    made.type = wanted.identity.type;
    made.dependency_class = wanted.identity.class_name;
    made.key = wanted.identity.key;
    made.scope = wanted.identity.scope;
    made.scope_id = wanted.identity.scope_id;
    made.explicit_id = wanted.is_explicit;
    made.profile_id = profile.meta.id;
    made.profile = snapshot_of(profile);
    made.params = declaration.params;
    const Setting inner = restrict_to(setting, profile.scope);
    made.environment = {inner.environment_id};
    made.runtime = {setting.runtime_id};
    return out;
  }

  base::Result<Node> adopt(const DependencyInstance& existing, const Claimant& claimant,
                           const Declaration& declaration) const {
    TP_TRY(DependencyProfile profile, schema::from_json<DependencyProfile>(existing.profile));
    if (existing.reconciliation.deletion_scheduled) {
      base::Error error = base::blocked(place(claimant, declaration.alias) + ": " + existing.identity +
                                        " is being removed; it is made again when it is gone");
      error.reason = "DependencyNotReady";
      return error;
    }
    Node out{.action = Action::reuse, .instance = existing, .profile = std::move(profile), .reason = {}};
    out.reason = existing.retained_since ? "retained data is used again" : "it is there already";
    TP_TRY(const bool changes, owns_params(existing, claimant, declaration));
    if (!changes) return out;
    out.instance.params = declaration.params;
    const auto immutable = immutable_change(out.profile, existing.params, declaration.params);
    if (!immutable) {
      out.action = Action::update;
      out.reason = "Params change";
      return out;
    }
    out.reason = "Params." + *immutable + " cannot be changed in place";
    return replace(std::move(out), place(claimant, declaration.alias));
  }

  base::Result<Node> replace(Node node, const std::string& where) const {
    if (node.profile.data_bearing && node.profile.migrate.is_null() && !request_.discard_data) {
      base::Error error = base::invalid(
          where + ": " + node.reason + ", and " + node.instance.identity + " holds data: give profile " +
          node.profile.name +
          " a Migrate step, put the old value back, or apply with --discard-data to start with an empty one");
      error.reason = "WouldLoseData";
      return error;
    }
    node.action = Action::replace;
    node.instance = next_incarnation(node.instance);
    return node;
  }

  /// Whether the declared parameters become those of the instance. Error: they are another user's to say.
  base::Result<bool> owns_params(const DependencyInstance& existing, const Claimant& claimant,
                                 const Declaration& declaration) const {
    if (declaration.params == existing.params) return false;
    const DependencyClaim* owner = index_.find_claim(existing.params_claim);
    const ObjectId mine = claim_id(claimant, declaration.alias, existing.meta.id);
    const bool is_owner = mine != 0 && existing.params_claim == mine;
    if (is_owner) return true;
    if (declaration.params.is_null()) return false;
    if (owner == nullptr) return true;
    return conflict(place(claimant, declaration.alias), existing.identity, existing.params, declaration.params,
                    who_claims(*owner));
  }

  static std::string who_claims(const DependencyClaim& claim) {
    return claim.workload_instance
               ? "workload instance " + std::to_string(claim.workload_instance.id) + ", " + claim.alias
               : "dependency " + std::to_string(claim.by_instance.id) + ", " + claim.alias;
  }

  static base::Error conflict(const std::string& where, const std::string& identity, const json::Value& theirs,
                              const json::Value& ours, const std::string& owner) {
    base::Error error =
        base::invalid(where + ": " + identity + " has the parameters " + json::dump(theirs) + " of " + owner +
                      ", not " + json::dump(ours) + ": give the same, leave them out, or use another ID");
    error.reason = "ParamsConflict";
    return error;
  }

  /// Another declaration of the same request for a node that is there.
  base::Result<void> join(std::size_t at, const Claimant& claimant, const Declaration& declaration) {
    Node& node = out_.nodes[at];
    if (declaration.params.is_null() || declaration.params == node.instance.params) return {};
    if (node.instance.params.is_null()) {
      node.instance.params = declaration.params;
      if (node.action == Action::reuse) node.action = Action::update;
      return {};
    }
    return conflict(place(claimant, declaration.alias), node.instance.identity, node.instance.params,
                    declaration.params, owners_.at(at));
  }

  /// Edges between direct dependencies whose parameters name others.
  base::Result<void> add_uses() {
    std::map<std::string, std::size_t, std::less<>> direct;
    for (const Edge& edge : out_.edges) {
      if (edge.from == kRoot) direct[edge.alias] = edge.to;
    }
    for (const Declaration& declaration : request_.declarations) {
      const auto from = direct.find(declaration.alias);
      for (const std::string& used : aliases_used(declaration)) {
        const bool declared = std::any_of(request_.declarations.begin(), request_.declarations.end(),
                                          [&](const Declaration& other) { return other.alias == used; });
        if (!declared) {
          return base::invalid(place(request_.claimant, declaration.alias) + ".params: ${resources." + used +
                               "...}: there is no resource " + used);
        }
        const auto to = direct.find(used);
        if (from == direct.end() || to == direct.end() || from->second == to->second) continue;
        if (out_.nodes[from->second].instance.params != declaration.params) continue;  // another user's count
        add_use(from->second, to->second, std::string(kUses) + used);
      }
    }
    return {};
  }

  void add_use(std::size_t from, std::size_t to, const std::string& alias) {
    const Node& node = out_.nodes[from];
    const Claimant user{.id = node.action == Action::replace ? 0 : node.instance.meta.id,
                        .is_workload = false,
                        .name = node.instance.key};
    out_.edges.push_back({.from = from,
                          .to = to,
                          .alias = alias,
                          .params = {},
                          .claim = claim_id(user, alias, out_.nodes[to].instance.meta.id)});
  }

  base::Result<void> check_cycles() const {
    std::map<std::size_t, std::vector<std::size_t>> next;
    for (const Edge& edge : out_.edges) {
      if (edge.from != kRoot) next[edge.from].push_back(edge.to);
    }
    std::set<std::size_t> done;
    std::vector<std::size_t> path;
    for (std::size_t start = 0; start < out_.nodes.size(); ++start) TP_CHECK(walk(start, next, done, path));
    return {};
  }

  base::Result<void> walk(std::size_t at, const std::map<std::size_t, std::vector<std::size_t>>& next,
                          std::set<std::size_t>& done, std::vector<std::size_t>& path) const {
    if (done.contains(at)) return {};
    if (const auto met = std::find(path.begin(), path.end(), at); met != path.end()) {
      std::vector<std::string> names;
      for (auto it = met; it != path.end(); ++it) names.push_back(out_.nodes[*it].instance.identity);
      names.push_back(out_.nodes[at].instance.identity);
      base::Error error = base::invalid("the dependencies of " + claimant_text(request_.claimant) +
                                        " go in a circle: " + base::join(names, " -> ") + "; take one of them away");
      error.reason = "DependencyCycle";
      return error;
    }
    const auto found = next.find(at);
    if (found != next.end()) {
      path.push_back(at);
      for (const std::size_t to : found->second) TP_CHECK(walk(to, next, done, path));
      path.pop_back();
    }
    done.insert(at);
    return {};
  }

  const Request& request_;
  const Catalogue& catalogue_;
  const Index& index_;
  Resolution out_;
  std::map<Identity, std::size_t> nodes_;
  std::map<std::size_t, std::string> owners_;
  std::vector<std::string> path_;
};

}  // namespace

json::Value snapshot_of(const DependencyProfile& profile) {
  const json::Value all = schema::to_json(profile);
  json::Object members;
  for (const json::Member& member : all.as_object()) {
    if (member.key != "ID" && member.key != "CreatedAt" && member.key != "UpdatedAt" && member.key != "Generation")
      members.append(member.key, member.value);
  }
  return members;
}

DependencyInstance next_incarnation(const DependencyInstance& instance) {
  DependencyInstance out = instance;
  out.replaces = instance.meta.id;
  out.incarnation += 1;
  out.meta = {};
  out.reconciliation = {};
  out.outputs = {};
  out.generated.reset();
  out.state.reset();
  out.inventory.clear();
  out.status.clear();
  out.params_claim = 0;
  out.idle_since.reset();
  out.retained_since.reset();
  return out;
}

Identity identity_of(const DependencyInstance& instance) {
  return {.type = instance.type,
          .class_name = instance.dependency_class,
          .key = instance.key,
          .scope = instance.scope,
          .scope_id = instance.scope_id};
}

void Index::add(DependencyInstance instance) {
  const Identity identity = identity_of(instance);
  const ObjectId id = instance.meta.id;
  const std::int64_t incarnation = instance.incarnation;
  instances_.insert_or_assign(id, std::move(instance));
  const auto known = newest_.find(identity);
  if (known == newest_.end()) {
    newest_.emplace(identity, id);
  } else if (instances_.at(known->second).incarnation < incarnation) {
    known->second = id;
  }
}

void Index::add(DependencyClaim claim) {
  const ObjectId id = claim.meta.id;
  if (claims_.contains(id)) return;
  const bool is_workload = static_cast<bool>(claim.workload_instance);
  by_claimant_.emplace(std::pair(is_workload, is_workload ? claim.workload_instance.id : claim.by_instance.id), id);
  on_instance_.emplace(claim.instance.id, id);
  claims_.emplace(id, std::move(claim));
}

const DependencyInstance* Index::find(const Identity& identity) const {
  const auto it = newest_.find(identity);
  return it == newest_.end() ? nullptr : &instances_.at(it->second);
}

const DependencyInstance* Index::find(ObjectId id) const {
  const auto it = instances_.find(id);
  return it == instances_.end() ? nullptr : &it->second;
}

const DependencyClaim* Index::find_claim(ObjectId id) const {
  const auto it = claims_.find(id);
  return it == claims_.end() ? nullptr : &it->second;
}

std::vector<const DependencyClaim*> Index::claims_by(const Claimant& claimant) const {
  std::vector<const DependencyClaim*> out;
  const auto [first, last] = by_claimant_.equal_range({claimant.is_workload, claimant.id});
  for (auto it = first; it != last; ++it) out.push_back(&claims_.at(it->second));
  return out;
}

std::vector<const DependencyClaim*> Index::claims_on(ObjectId instance) const {
  std::vector<const DependencyClaim*> out;
  const auto [first, last] = on_instance_.equal_range(instance);
  for (auto it = first; it != last; ++it) out.push_back(&claims_.at(it->second));
  return out;
}

std::string_view to_string(Action action) {
  switch (action) {
    case Action::create: return "Create";
    case Action::reuse: return "Reuse";
    case Action::update: return "Update";
    case Action::replace: break;
  }
  return "Replace";
}

base::Result<Resolution> resolve(const Request& request, const Catalogue& catalogue, const Index& index) {
  return Resolving(request, catalogue, index).run();
}

base::Result<std::vector<Identity>> identities_of(const Request& request, const Catalogue& catalogue,
                                                  const Index& index) {
  const Resolving resolving(request, catalogue, index);
  std::vector<Identity> out;
  for (const Declaration& declaration : request.declarations) {
    TP_TRY(const auto wanted, resolving.identify(request.claimant, declaration, request.setting));
    if (wanted.choice.profile == nullptr || !is_inline(*wanted.choice.profile)) out.push_back(wanted.identity);
  }
  return out;
}

}  // namespace threeport::dependencies
