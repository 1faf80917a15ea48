#include "controllers/all.h"

#include "base/yaml.h"
#include "controllers/dependency/instance_reconciler.h"
#include "controllers/dependency/system.h"
#include "controllers/environment/environment_reconciler.h"
#include "controllers/environment/residents.h"
#include "controllers/runtime/runtime_reconcilers.h"
#include "controllers/workload/definition_reconciler.h"
#include "controllers/workload/instance_reconciler.h"
#include "dependencies/declaration.h"
#include "kinds/rules.h"
#include "score/document.h"

namespace threeport::controllers {

std::vector<std::unique_ptr<reconcile::ReconcilerBase>> all(applyset::Clusters& clusters,
                                                            providers::provisioner::Open open) {
  std::vector<std::unique_ptr<reconcile::ReconcilerBase>> out;
  out.push_back(std::make_unique<KubernetesRuntimeDefinitionReconciler>());
  out.push_back(std::make_unique<KubernetesRuntimeInstanceReconciler>(clusters));
  out.push_back(std::make_unique<environment::EnvironmentReconciler>(clusters));
  out.push_back(std::make_unique<dependency::InstanceReconciler>(clusters, std::move(open)));
  out.push_back(std::make_unique<workload::DefinitionReconciler>());
  out.push_back(std::make_unique<workload::InstanceReconciler>(clusters));
  return out;
}

namespace {

base::Result<void> check_workload_definition(const json::Value*, const json::Value& after) {
  const std::string_view manifests = after.at("YAMLDocument").text(), score = after.at("ScoreDocument").text();
  if (!manifests.empty() && !score.empty())
    return base::invalid("a workload is given as YAMLDocument or as ScoreDocument, not as both: leave one out");
  if (!score.empty()) {
    if (after.find("Dependencies") != nullptr)
      return base::invalid("Dependencies: those of a Score file are its resources; leave Dependencies out");
    auto workload = score::parse(score);
    return workload ? base::Result<void>() : std::move(workload).error().with_context("ScoreDocument");
  }
  TP_CHECK(dependencies::parse_declarations(after.at("Dependencies"), "Dependencies"));
  auto documents = base::yaml::parse_documents(manifests);
  if (!documents) return std::move(documents).error().with_context("YAMLDocument");
  return {};
}

}  // namespace

void add_hooks(apiserver::Objects& objects) {
  for (const kinds::Rule& rule : kinds::rules()) objects.add_hook(rule.kind, rule.check);
  objects.add_hook(kinds::WorkloadDefinition::kind.name, check_workload_definition);
  objects.add_hook(kinds::DependencyProfile::kind.name, dependency::check_of_profiles(objects));
  objects.add_hook(kinds::WorkloadInstance::kind.name, environment::agreement_of_runtime(objects));
}

void add_left_behind(apiserver::Rest& rest) {
  rest.on_abandon(kinds::Environment::kind.name,
                  [](const apiserver::Object& object) -> base::Result<std::vector<std::string>> {
                    const std::string name(object.data.at("Namespace").text());
                    return name.empty() ? std::vector<std::string>() : std::vector{"v1/Namespace//" + name};
                  });
}

}  // namespace threeport::controllers
