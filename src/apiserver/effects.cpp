#include "apiserver/effects.h"

#include <algorithm>

#include "base/crypto.h"
#include "dependencies/source.h"
#include "kinds/dependency.h"

namespace threeport::apiserver {
namespace {

using dependencies::Action;
using dependencies::Claimant;
using dependencies::Edge;
using dependencies::Index;
using dependencies::Node;
using dependencies::Resolution;
using dependencies::Setting;
using kinds::DependencyClaim;
using kinds::DependencyInstance;
using kinds::DependencyProfile;

template <typename K>
base::Result<K> decoded(const Object& object) {
  TP_TRY(K typed, schema::from_json<K>(object.data));
  typed.meta.id = object.id;
  typed.meta.version = object.version;
  return typed;
}

/// The database, under what the documents say, and what earlier ones among them already brought along.
class DraftSource final : public dependencies::Source {
 public:
  DraftSource(Objects& objects, const Draft& draft, const std::vector<Object>& after)
      : objects_(objects), draft_(draft), after_(after) {}

  /// The object as it is after the documents. Error `not_found`.
  template <typename K>
  base::Result<K> get(ObjectId id) {
    for (std::size_t i = 0; i < draft_.items().size(); ++i) {
      if (draft_.items()[i].id != id) continue;
      TP_TRY(K typed, schema::from_json<K>(after_[i].data));
      typed.meta.id = id;
      return typed;
    }
    TP_TRY(const Object object, objects_.get(K::kind.name, id));
    return decoded<K>(object);
  }

  base::Result<std::vector<DependencyProfile>> profiles() override {
    TP_TRY(auto out, list<DependencyProfile>("", {}));
    for (std::size_t i = 0; i < draft_.items().size(); ++i) {
      const DraftItem& item = draft_.items()[i];
      if (item.kind->name != DependencyProfile::kind.name) continue;
      std::erase_if(out, [&](const auto& profile) { return profile.meta.id == item.id; });
      TP_TRY(auto declared, schema::from_json<DependencyProfile>(after_[i].data));
      declared.meta.id = item.id;
      out.push_back(std::move(declared));
    }
    return out;
  }
  base::Result<std::vector<DependencyInstance>> instances(const std::string& identity) override {
    TP_TRY(auto out, list<DependencyInstance>("Identity", identity));
    for (const auto& made : made_instances_) {
      if (made.identity == identity) out.push_back(made);
    }
    return out;
  }
  base::Result<DependencyInstance> instance(ObjectId id) override {
    for (const auto& made : made_instances_) {
      if (made.meta.id == id) return made;
    }
    return get<DependencyInstance>(id);
  }
  base::Result<std::vector<DependencyClaim>> claims_on(ObjectId instance) override {
    std::vector<DependencyClaim> out;
    if (instance > 0) {
      TP_TRY(out, list<DependencyClaim>("DependencyInstanceID", instance));
    }
    for (const auto& made : made_claims_) {
      if (made.instance.id == instance) out.push_back(made);
    }
    return out;
  }
  base::Result<std::vector<DependencyClaim>> claims_by(const Claimant& claimant) override {
    const std::string_view member = claimant.is_workload ? "WorkloadInstanceID" : "ByDependencyInstanceID";
    std::vector<DependencyClaim> out;
    if (claimant.id > 0) {
      TP_TRY(out, list<DependencyClaim>(member, claimant.id));
    }
    for (const auto& made : made_claims_) {
      if ((claimant.is_workload ? made.workload_instance.id : made.by_instance.id) == claimant.id) out.push_back(made);
    }
    return out;
  }

  /// Remembers what a workload brings along, for those after it. What is new gets ids below zero.
  void add(const Claimant& claimant, Resolution& resolution) {
    for (Node& node : resolution.nodes) {
      if (node.instance.meta.id == 0) node.instance.meta.id = --last_id_;
    }
    for (const Edge& edge : resolution.edges) {
      if (edge.claim != 0) continue;
      DependencyClaim claim;
      claim.meta.id = --last_id_;
      claim.instance = {resolution.nodes[edge.to].instance.meta.id};
      claim.alias = edge.alias;
      claim.params = edge.params;
      if (edge.from != dependencies::kRoot) {
        claim.by_instance = {resolution.nodes[edge.from].instance.meta.id};
      } else if (claimant.is_workload) {
        claim.workload_instance = {claimant.id};
      }
      DependencyInstance& target = resolution.nodes[edge.to].instance;
      if (target.params_claim == 0 && !target.params.is_null() && target.params == edge.params)
        target.params_claim = claim.meta.id;
      made_claims_.push_back(std::move(claim));
    }
    for (const Node& node : resolution.nodes) {
      if (node.instance.meta.id < 0) made_instances_.push_back(node.instance);
    }
  }

 private:
  template <typename K>
  base::Result<std::vector<K>> list(std::string_view member, const json::Value& value) {
    TP_TRY(const auto found, objects_.list(K::kind.name, member, value));
    std::vector<K> out;
    for (const Object& object : found) {
      TP_TRY(K typed, decoded<K>(object));
      out.push_back(std::move(typed));
    }
    return out;
  }

  Objects& objects_;
  const Draft& draft_;
  const std::vector<Object>& after_;
  std::vector<DependencyInstance> made_instances_;
  std::vector<DependencyClaim> made_claims_;
  ObjectId last_id_ = 0;
};

base::Result<Setting> setting_of(const kinds::WorkloadInstance& instance, const std::string& workload,
                                 DraftSource& source) {
  Setting out;
  out.workload = workload;
  out.workload_instance_id = instance.meta.id;
  ObjectId runtime_id = instance.runtime.id;
  if (instance.environment) {
    TP_TRY(const auto environment, source.get<kinds::Environment>(instance.environment.id));
    out.environment = environment.name;
    out.environment_id = environment.meta.id;
    out.labels = environment.labels.value_or(std::map<std::string, std::string>{});
    out.location = environment.location.value_or("");
    out.infra_provider = environment.infra_provider.value_or("");
    runtime_id = environment.placed ? environment.placed.id : environment.runtime.id;
    if (environment.tier) {
      TP_TRY(const auto tier, source.get<kinds::Tier>(environment.tier.id));
      out.tier = tier.name;
    }
  }
  out.runtime_id = runtime_id;
  if (runtime_id == 0) return out;
  TP_TRY(const auto runtime, source.get<kinds::KubernetesRuntimeInstance>(runtime_id));
  TP_TRY(const auto definition, source.get<kinds::KubernetesRuntimeDefinition>(runtime.definition.id));
  out.location = runtime.location;
  out.infra_provider = definition.infra_provider;
  return out;
}

std::string name_of(std::size_t at, const std::string& workload, const Resolution& resolution) {
  return at == dependencies::kRoot ? "WorkloadInstance/" + workload
                                   : "DependencyInstance/" + resolution.nodes[at].instance.identity;
}

/// Who needs a node, for its message: "web-dev needs cache".
std::string need_of(std::size_t node, const std::string& workload, const Resolution& resolution) {
  const auto edge = std::find_if(resolution.edges.begin(), resolution.edges.end(),
                                 [&](const Edge& candidate) { return candidate.to == node; });
  if (edge == resolution.edges.end()) return workload;
  const std::string who = edge->from == dependencies::kRoot ? workload : resolution.nodes[edge->from].instance.identity;
  return who + " needs " + edge->alias;
}

void show(const Resolution& resolution, const std::string& workload, const Index& index, Effects& out) {
  for (std::size_t i = 0; i < resolution.nodes.size(); ++i) {
    const Node& node = resolution.nodes[i];
    json::Array members;
    const DependencyInstance* before =
        index.find(node.action == Action::replace ? node.instance.replaces : node.instance.meta.id);
    if (before != nullptr && before->params != node.instance.params)
      members.push_back(json::Object{{"Member", "Params"}, {"From", before->params}, {"To", node.instance.params}});
    out.changes.push_back(
        json::Object{{"Action", to_string(node.action)},
                     {"Kind", DependencyInstance::kind.name},
                     {"ID", node.action == Action::create || node.instance.meta.id < 0 ? 0 : node.instance.meta.id},
                     {"Name", node.instance.identity},
                     {"Members", std::move(members)},
                     {"Reason", "Claimed"},
                     {"Message", need_of(i, workload, resolution) + "; " + node.reason}});
  }
  for (const Edge& edge : resolution.edges) {
    out.edges.push_back(json::Object{{"From", name_of(edge.from, workload, resolution)},
                                     {"To", name_of(edge.to, workload, resolution)},
                                     {"Alias", edge.alias}});
  }
  for (const ObjectId id : resolution.releases) {
    const DependencyClaim* claim = index.find_claim(id);
    const DependencyInstance* instance = claim == nullptr ? nullptr : index.find(claim->instance.id);
    if (instance == nullptr) continue;
    out.changes.push_back(json::Object{
        {"Action", "Release"},
        {"Kind", DependencyInstance::kind.name},
        {"ID", instance->meta.id},
        {"Name", instance->identity},
        {"Members", json::Array{}},
        {"Reason", "Released"},
        {"Message", workload + " no longer needs " + claim->alias + "; it goes when nobody else uses it"}});
  }
}

base::Result<void> add_effects(const DraftItem& item, const Object& after, DraftSource& source, bool discard_data,
                               Effects& out) {
  TP_TRY(auto instance, schema::from_json<kinds::WorkloadInstance>(after.data));
  instance.meta.id = item.id;
  TP_TRY(const auto definition, source.get<kinds::WorkloadDefinition>(instance.definition.id));
  TP_TRY(auto declarations,
         dependencies::declarations_of(definition.score_document.value_or(""), definition.dependencies));
  const Claimant claimant{.id = item.id, .is_workload = true, .name = instance.instance.name};
  if (declarations.empty()) {
    TP_TRY(const auto claims, source.claims_by(claimant));
    if (claims.empty()) return {};
  }
  TP_TRY(auto setting, setting_of(instance, definition.definition.name, source));
  const dependencies::Request request{.claimant = claimant,
                                      .declarations = std::move(declarations),
                                      .setting = std::move(setting),
                                      .discard_data = discard_data};
  TP_TRY(const auto known, dependencies::learn(request, source));
  TP_TRY(Resolution resolution, dependencies::resolve(request, known.catalogue, known.index));
  show(resolution, instance.instance.name, known.index, out);
  source.add(claimant, resolution);
  return {};
}

/// What a changed profile does to the instances that were made from it.
base::Result<void> add_blast_radius(const DraftItem& item, const Object& after, Objects& objects, bool discard_data,
                                    Effects& out) {
  TP_TRY(const auto profile, schema::from_json<DependencyProfile>(after.data));
  const json::Value snapshot = dependencies::snapshot_of(profile);
  TP_TRY(const auto users, objects.list(DependencyInstance::kind.name, "DependencyProfileID", item.id));
  for (const Object& user : users) {
    TP_TRY(const auto instance, decoded<DependencyInstance>(user));
    if (instance.profile == snapshot || instance.reconciliation.deletion_scheduled) continue;
    const bool replaces = instance.profile.at("Provider") != snapshot.at("Provider");
    if (replaces && instance.profile.at("DataBearing") == json::Value(true) && profile.migrate.is_null() &&
        !discard_data) {
      return base::invalid("Provider: " + instance.identity +
                           " holds data, and would be replaced by another one: give the "
                           "profile a Migrate step, make a profile of another Class, or apply with --discard-data");
    }
    out.changes.push_back(json::Object{
        {"Action", replaces ? "Replace" : "Update"},
        {"Kind", DependencyInstance::kind.name},
        {"ID", instance.meta.id},
        {"Name", instance.identity},
        {"Members", json::Array{json::Object{{"Member", "Profile"}, {"From", instance.profile}, {"To", snapshot}}}},
        {"Reason", "ProfileChanged"},
        {"Message", "it was made from profile " + profile.name}});
    Write write{.op = Write::Op::merge,
                .kind = std::string(DependencyInstance::kind.name),
                .id = instance.meta.id,
                .body = json::Object{{"Profile", snapshot}},
                .version = user.version,
                .observed = {},
                .by_controller = true};
    if (replaces) {
      DependencyInstance next = dependencies::next_incarnation(instance);
      next.profile = snapshot;
      write.op = Write::Op::create;
      write.id = 0;
      write.version.reset();
      write.body = schema::to_json(next);
    }
    out.consented.push_back(std::move(write));
  }
  return {};
}

}  // namespace

std::string Effects::fingerprint() const { return base::sha256_hex(json::dump(changes) + json::dump(edges)); }

base::Result<Effects> effects_of(Objects& objects, const Draft& draft, const std::vector<Object>& after,
                                 bool discard_data) {
  Effects out;
  DraftSource source(objects, draft, after);
  for (std::size_t i = 0; i < draft.items().size(); ++i) {
    const DraftItem& item = draft.items()[i];
    if (item.kind->name == DependencyProfile::kind.name && item.before) {
      auto judged = add_blast_radius(item, after[i], objects, discard_data, out);
      if (!judged) return std::move(judged).error().with_context(item.where);
    }
    if (item.kind->name != kinds::WorkloadInstance::kind.name) continue;
    auto added = add_effects(item, after[i], source, discard_data, out);
    if (!added) return std::move(added).error().with_context(item.where);
  }
  return out;
}

}  // namespace threeport::apiserver
