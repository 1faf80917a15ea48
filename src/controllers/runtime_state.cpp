#include "controllers/runtime_state.h"

namespace threeport::controllers {

bool is_usable(const kinds::KubernetesRuntimeInstance& runtime) {
  return runtime.reconciliation.is_ready() ||
         (runtime.reconciliation.reconciled && runtime.reconciliation.conditions.empty());
}

std::string why_not_ready(const kinds::KubernetesRuntimeInstance& runtime) {
  const schema::Condition* ready = runtime.reconciliation.find("Ready");
  const std::string cause =
      ready == nullptr || ready->message.empty() ? std::string("it has not been checked yet") : ready->message;
  return "Kubernetes runtime " + runtime.instance.name + " is not ready: " + cause;
}

}  // namespace threeport::controllers
