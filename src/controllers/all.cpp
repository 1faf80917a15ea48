#include "controllers/all.h"

#include "base/yaml.h"
#include "controllers/environment/environment_reconciler.h"
#include "controllers/environment/residents.h"
#include "controllers/runtime/runtime_reconcilers.h"
#include "controllers/workload/definition_reconciler.h"
#include "controllers/workload/instance_reconciler.h"
#include "kinds/rules.h"

namespace threeport::controllers {

std::vector<std::unique_ptr<reconcile::ReconcilerBase>> all(applyset::Clusters& clusters) {
  std::vector<std::unique_ptr<reconcile::ReconcilerBase>> out;
  out.push_back(std::make_unique<KubernetesRuntimeDefinitionReconciler>());
  out.push_back(std::make_unique<KubernetesRuntimeInstanceReconciler>(clusters));
  out.push_back(std::make_unique<environment::EnvironmentReconciler>(clusters));
  out.push_back(std::make_unique<workload::DefinitionReconciler>());
  out.push_back(std::make_unique<workload::InstanceReconciler>(clusters));
  return out;
}

void add_hooks(apiserver::Objects& objects) {
  for (const kinds::Rule& rule : kinds::rules()) objects.add_hook(rule.kind, rule.check);
  objects.add_hook(kinds::WorkloadDefinition::kind.name,
                   [](const json::Value*, const json::Value& after) -> base::Result<void> {
                     auto documents = base::yaml::parse_documents(after.at("YAMLDocument").text());
                     if (!documents) return std::move(documents).error().with_context("YAMLDocument");
                     return {};
                   });
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
