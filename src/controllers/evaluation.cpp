#include "controllers/evaluation.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "applyset/desired.h"
#include "providers/kubernetes/manifests.h"

namespace threeport::controllers {
namespace {

using dependencies::Declaration;
using dependencies::Roots;
using kinds::DependencyInstance;
using kinds::DependencyProfile;
using kinds::Revision;
using kinds::WorkloadInstance;
using score::Output;
using score::Reference;

/// Parameters of parameters: what goes deeper goes in a circle.
constexpr int kDeepest = 32;

base::Error not_ready(const std::string& message) {
  base::Error error = base::blocked(message);
  error.reason = "DependencyNotReady";
  return error;
}

std::string identity_text(const Declaration& declaration, const std::string& instance_name) {
  return declaration.type + "." + declaration.class_name + "#" +
         (declaration.id ? *declaration.id : instance_name + "." + declaration.alias);
}

/// References of all that a profile's templates hold.
std::vector<Reference> references_of(const DependencyProfile& profile) {
  std::vector<Reference> out = score::references_in(profile.params);
  for (const json::Value* more : {&profile.outputs, &profile.requires_, &profile.migrate}) {
    const auto found = score::references_in(*more);
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

bool has_target(const std::vector<Reference>& references) {
  return std::any_of(references.begin(), references.end(), [](const Reference& r) { return r.path[0] == "target"; });
}

/// Users' parameters as the profile takes them; those that find a target are always taken.
base::Result<Outputs> completed(Outputs given, const DependencyProfile& profile) {
  const auto references = references_of(profile);
  std::set<std::string> optional;
  if (has_target(references)) optional = {"port", "workload"};
  return dependencies::complete_params(std::move(given), profile.defaults, references, optional);
}

/// Null where there is none.
json::Value param_of(const Roots& roots, const std::string& name) {
  const auto it = roots.params.find(name);
  return it == roots.params.end() ? json::Value() : it->second.value;
}

bool takes_any_params(const DependencyProfile& profile) {
  return profile.provider != "manifests" && profile.provider != dependencies::kNames;
}

}  // namespace

base::Result<Outputs> outputs_of(const DependencyInstance& instance, reconcile::Context& ctx) {
  return dependencies::decode_outputs(instance.outputs, [&](std::string_view stored) { return ctx.reveal(stored); });
}

Outputs environment_outputs(const json::Value& variables, const std::map<std::string, std::string>& secrets) {
  Outputs out;
  if (const json::Object* members = variables.if_object()) {
    for (const json::Member& member : *members) out[member.key] = {.value = member.value};
  }
  for (const auto& [key, value] : secrets) out[key] = {.value = value, .secret = true};
  return out;
}

base::Result<std::map<std::string, std::string>> reveal_all(
    const std::optional<std::map<std::string, std::string>>& secrets, reconcile::Context& ctx) {
  std::map<std::string, std::string> out;
  if (!secrets) return out;
  for (const auto& [key, stored] : *secrets) {
    TP_TRY(out[key], ctx.reveal(stored));
  }
  return out;
}

base::Result<WorkloadFacts> facts_of(std::string_view definition_name, std::string_view score_document,
                                     std::string_view manifests) {
  WorkloadFacts out;
  if (!score_document.empty()) {
    TP_TRY(score::Workload workload, score::parse(score_document));
    const std::string_view service = workload.annotation(score::kServiceNameAnnotation);
    out.name = workload.name;
    out.service = service.empty() ? workload.name : std::string(service);
    out.metadata = std::move(workload.metadata);
    out.ports = std::move(workload.ports);
    return out;
  }
  out.name = out.service = std::string(definition_name);
  out.metadata = json::Object{{"name", definition_name}};
  TP_TRY(const auto objects, providers::kubernetes::parse_manifests(manifests));
  const auto service = std::find_if(objects.begin(), objects.end(), [&](const auto& manifest) {
    return manifest.ref.kind == "Service" && manifest.ref.api_version == "v1";
  });
  const auto main = std::find_if(objects.begin(), objects.end(), [&](const auto& manifest) {
    return manifest.ref.kind == "Deployment" || manifest.ref.kind == "StatefulSet";
  });
  if (main != objects.end()) out.name = main->ref.name;
  if (service == objects.end()) return out;
  out.service = service->ref.name;
  const json::Array* ports = service->object.at("spec", "ports").if_array();
  for (std::size_t i = 0; ports != nullptr && i < ports->size(); ++i) {
    score::ServicePort port;
    port.name = (*ports)[i].at("name").text();
    port.port = (*ports)[i].at("port").as_int().value_or(0);
    out.ports.push_back(std::move(port));
  }
  return out;
}

base::Result<json::Value> make_target(const WorkloadFacts& facts, const json::Value& port) {
  json::Object out{{"service", facts.service}};
  if (port.is_null()) return json::Value(std::move(out));
  std::int64_t number = port.as_int().value_or(0);
  const std::string_view text = port.text();
  if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), number);
  const auto named =
      std::find_if(facts.ports.begin(), facts.ports.end(), [&](const auto& p) { return p.name == text; });
  if (!text.empty() && named != facts.ports.end()) number = named->port;
  if (number > 0) {
    out.set("port", number);
    return json::Value(std::move(out));
  }
  std::string names;
  for (const auto& p : facts.ports) names += (names.empty() ? "" : ", ") + p.name + " (" + std::to_string(p.port) + ")";
  return base::invalid("port " + json::dump(port) + ": service " + facts.service + " has no such port; it has " +
                       (names.empty() ? "none" : names));
}

base::Result<std::vector<Declaration>> declarations_of(const Revision& revision) {
  return dependencies::declarations_of(revision.score_document.value_or(""), revision.dependencies);
}

base::Result<Output> Evaluation::find(const WorkloadInstance& instance, const Revision& revision,
                                      const Reference& reference) {
  const std::string& root = reference.path[0];
  if (root == "metadata" || root == "environment") {
    if (root == "environment") {
      TP_TRY(const auto secrets, reveal_all(revision.secrets, ctx_));
      if (reference.path.size() < 2) return base::invalid("${" + reference.text + "}: which variable?");
      return dependencies::find_output(environment_outputs(revision.variables, secrets), reference, 1);
    }
    TP_TRY(const auto definition, ctx_.get(instance.definition));
    TP_TRY(const auto facts,
           facts_of(definition.definition.name, revision.score_document.value_or(""), revision.yaml_document));
    TP_TRY(json::Value value, score::walk(facts.metadata, reference, 1));
    return Output{.value = std::move(value)};
  }
  if (root != "resources" || reference.path.size() < 2)
    return base::invalid("${" + reference.text + "} must begin with resources.<alias>, metadata or environment");
  if (reference.path.size() == 2) {
    TP_TRY(const auto declared, declarations_of(revision));
    for (const Declaration& declaration : declared) {
      if (declaration.alias == reference.path[1])
        return Output{.value = identity_text(declaration, instance.instance.name)};
    }
  }
  TP_TRY(const Outputs outputs, resource(instance, revision, reference.path[1]));
  return dependencies::find_output(outputs, reference, 2);
}

base::Result<Outputs> Evaluation::resource(const WorkloadInstance& instance, const Revision& revision,
                                           const std::string& alias) {
  TP_TRY(const auto claims, ctx_.list<kinds::DependencyClaim>("WorkloadInstanceID", instance.meta.id));
  const auto claim = std::find_if(claims.begin(), claims.end(), [&](const auto& candidate) {
    return candidate.alias == alias && candidate.phase == "Active";
  });
  if (claim != claims.end()) {
    TP_TRY(const auto dependency, ctx_.get(claim->instance));
    if (!dependency.reconciliation.is_ready())
      return not_ready(alias + " (" + dependency.identity + ") is not ready yet");
    return outputs_of(dependency, ctx_);
  }
  TP_TRY(const auto declared, declarations_of(revision));
  const auto declaration =
      std::find_if(declared.begin(), declared.end(), [&](const auto& candidate) { return candidate.alias == alias; });
  if (declaration == declared.end()) return base::invalid("there is no resource " + alias);
  TP_TRY(auto profiles, ctx_.list<DependencyProfile>("Type", declaration->type));
  TP_TRY(const auto setting, make_setting(instance.environment, instance.runtime, ctx_));
  const dependencies::Catalogue catalogue(std::move(profiles));
  TP_TRY(const auto choice, catalogue.choose(declaration->type, declaration->class_name, setting));
  if (!dependencies::is_inline(*choice.profile)) return not_ready(alias + " is not claimed yet");
  return inline_outputs(instance, revision, *declaration, *choice.profile);
}

base::Result<Outputs> Evaluation::inline_outputs(const WorkloadInstance& instance, const Revision& revision,
                                                 const Declaration& declaration, const DependencyProfile& profile) {
  if (profile.provider == dependencies::kEnvironment) {
    TP_TRY(const auto secrets, reveal_all(revision.secrets, ctx_));
    return environment_outputs(revision.variables, secrets);
  }
  if (++depth_ > kDeepest) return base::invalid("parameters of " + declaration.alias + " go in a circle");
  Roots roots;
  const auto look_up = [&](const Reference& reference) { return find(instance, revision, reference); };
  auto expanded =
      score::expand(declaration.params.is_null() ? json::Value(json::Object{}) : declaration.params, look_up);
  --depth_;
  if (!expanded) return std::move(expanded).error().with_context("resources." + declaration.alias + ".params");
  Outputs given;
  for (const json::Member& member : expanded->value.as_object())
    given[member.key] = {.value = member.value, .secret = expanded->secret};
  TP_TRY(roots.params, completed(std::move(given), profile));
  const json::Value named = param_of(roots, "workload");
  const std::string workload(!named.text().empty() ? named.text()
                             : declaration.id      ? *declaration.id
                                                   : declaration.alias);
  TP_TRY(roots.target, target_of(workload, param_of(roots, "port"), instance.environment));
  return dependencies::make_outputs(profile.outputs, dependencies::lookup_in(roots));
}

/// The one that lives in the same environment, as it runs there; else what its definition says.
base::Result<json::Value> Evaluation::target_of(const std::string& workload, const json::Value& port,
                                                schema::Ref<kinds::Environment> environment) {
  if (environment) {
    TP_TRY(const auto lives_in, ctx_.get(environment));
    TP_TRY(const auto neighbour, ctx_.find_named<WorkloadInstance>(workload + "-" + lives_in.name));
    if (neighbour) {
      TP_TRY(const auto facts, facts_of_user(*neighbour));
      return make_target(facts, port);
    }
  }
  TP_TRY(const auto definition, ctx_.find_named<kinds::WorkloadDefinition>(workload));
  if (!definition) {
    // Names only resolve: who is named may come later. A number needs nobody to be known.
    WorkloadFacts facts;
    facts.name = facts.service = workload;
    auto target = make_target(facts, port);
    if (!target)
      return not_ready("workload " + workload + " is not known yet, and only it says which number port " +
                       json::dump(port) + " has");
    return target;
  }
  TP_TRY(const auto facts,
         facts_of(definition->definition.name, definition->score_document.value_or(""), definition->yaml_document));
  return make_target(facts, port);
}

base::Result<Outputs> Evaluation::expand_params(const DependencyInstance& instance) {
  Outputs out;
  const json::Object* given = instance.params.if_object();
  if (given == nullptr) return out;
  const auto expand = [&](const score::Lookup& look_up) -> base::Result<Outputs> {
    for (const json::Member& member : *given) {
      auto value = score::expand(member.value, look_up);
      if (!value) return std::move(value).error().with_context("params." + member.key);
      out[member.key] = std::move(*value);
    }
    return out;
  };
  const auto without_user = [](const Reference& reference) -> base::Result<Output> {
    return not_ready("${" + reference.text + "}: whoever gave this parameter is gone; give it again");
  };
  if (instance.params_claim == 0) return expand(without_user);
  TP_TRY(const auto claims, ctx_.list<kinds::DependencyClaim>("DependencyInstanceID", instance.meta.id));
  const auto claim = std::find_if(claims.begin(), claims.end(),
                                  [&](const auto& candidate) { return candidate.meta.id == instance.params_claim; });
  if (claim == claims.end()) return expand(without_user);
  if (claim->workload_instance) {
    TP_TRY(const auto workload, ctx_.get(claim->workload_instance));
    TP_TRY(const auto revision, ctx_.get(schema::Ref<Revision>{workload.target_revision}));
    return expand([&](const Reference& reference) { return find(workload, revision, reference); });
  }
  TP_TRY(const auto parent, ctx_.get(claim->by_instance));
  TP_TRY(const auto profile, schema::from_json<DependencyProfile>(parent.profile));
  TP_TRY(const Roots roots, roots_of(parent, profile));
  return expand(dependencies::lookup_in(roots));
}

base::Result<Outputs> Evaluation::params_of(const DependencyInstance& instance, const DependencyProfile& profile) {
  if (++depth_ > kDeepest) return base::invalid("parameters of " + instance.identity + " go in a circle");
  auto given = expand_params(instance);
  --depth_;
  if (!given) return std::move(given).error();
  if (takes_any_params(profile)) {
    if (const json::Object* defaults = profile.defaults.if_object()) {
      for (const json::Member& member : *defaults) given->try_emplace(member.key, Output{.value = member.value});
    }
    return given;
  }
  return completed(std::move(*given), profile);
}

/// A workload that uses it, directly or through other dependencies: the one whose parameters count, else any.
base::Result<std::optional<WorkloadInstance>> Evaluation::user_of(const DependencyInstance& instance, int depth) {
  std::optional<WorkloadInstance> none;
  if (depth > kDeepest) return none;
  TP_TRY(auto claims, ctx_.list<kinds::DependencyClaim>("DependencyInstanceID", instance.meta.id));
  std::stable_partition(claims.begin(), claims.end(),
                        [&](const auto& claim) { return claim.meta.id == instance.params_claim; });
  for (const auto& claim : claims) {
    if (claim.workload_instance) {
      TP_TRY(auto workload, ctx_.get(claim.workload_instance));
      return std::optional(std::move(workload));
    }
    TP_TRY(const auto parent, ctx_.get(claim.by_instance));
    TP_TRY(auto user, user_of(parent, depth + 1));
    if (user) return user;
  }
  return none;
}

/// By the revision that counts for it: its definition may have changed for another environment.
base::Result<WorkloadFacts> Evaluation::facts_of_user(const WorkloadInstance& user) {
  TP_TRY(const auto definition, ctx_.get(user.definition));
  const std::string& name = definition.definition.name;
  if (user.target_revision == 0)
    return facts_of(name, definition.score_document.value_or(""), definition.yaml_document);
  TP_TRY(const auto revision, ctx_.get(schema::Ref<Revision>{user.target_revision}));
  return facts_of(name, revision.score_document.value_or(""), revision.yaml_document);
}

base::Result<Roots> Evaluation::roots_of(const DependencyInstance& instance, const DependencyProfile& profile) {
  Roots roots;
  roots.self =
      json::Object{{"name", applyset::namespace_name(instance.type, ctx_.installation_uid(), instance.meta.id)},
                   {"namespace", instance.instance_namespace},
                   {"id", instance.meta.id}};
  TP_TRY(roots.params, params_of(instance, profile));
  TP_TRY(const auto secrets, reveal_all(instance.generated, ctx_));
  for (const auto& [name, value] : secrets) roots.generated[name] = {.value = value, .secret = true};
  if (instance.environment) {
    TP_TRY(const auto environment, ctx_.get(instance.environment));
    TP_TRY(const auto hidden, reveal_all(environment.secrets, ctx_));
    json::Object variables;
    for (const auto& [key, value] : environment.variables.value_or(std::map<std::string, std::string>{}))
      variables.append(key, value);
    roots.environment = environment_outputs(variables, hidden);
  }
  TP_TRY(const auto user, user_of(instance, 0));
  if (!user) return roots;
  TP_TRY(const auto facts, facts_of_user(*user));
  roots.workload = json::Object{{"name", facts.name}, {"namespace", user->workload_namespace}};
  if (!has_target(references_of(profile))) return roots;
  if (const json::Value named = param_of(roots, "workload"); !named.text().empty()) {
    TP_TRY(roots.target, target_of(std::string(named.text()), param_of(roots, "port"), user->environment));
  } else {
    TP_TRY(roots.target, make_target(facts, param_of(roots, "port")));
  }
  return roots;
}

base::Result<void> Evaluation::add_requirements(Roots& roots, const Claimed& claimed) {
  for (const auto& [alias, id] : claimed.instances) {
    TP_TRY(const auto dependency, ctx_.get(schema::Ref<DependencyInstance>{id}));
    if (!dependency.reconciliation.is_ready())
      return not_ready(alias + " (" + dependency.identity + ") is not ready yet");
    TP_TRY(roots.dependencies[alias], outputs_of(dependency, ctx_));
  }
  return {};
}

}  // namespace threeport::controllers
