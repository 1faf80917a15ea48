#include "applyset/clusters.h"

#include <algorithm>

namespace threeport::applyset {
namespace {

using k8s::Access;

std::string topic(std::string_view owner_label, std::string_view id) {
  return std::string(owner_label) + "/" + std::string(id);
}

k8s::ConnectionsOptions connections_options(const ClustersOptions& options) {
  k8s::ConnectionsOptions out;
  out.open = options.open;
  out.clock = options.clock;
  out.informers.clock = options.clock;
  out.informers.scope.label_selector = std::string(kInstallationLabel) + "=" + options.installation_uid;
  out.informers.indexed_labels.assign(kOwnerLabels.begin(), kOwnerLabels.end());
  out.on_change = [notify = options.notify](k8s::Connection&, const k8s::Change& change) {
    if (!notify || !change.object) return;
    for (const std::string_view label : kOwnerLabels) {
      const std::string_view id = k8s::label_of(*change.object, label);
      if (!id.empty()) notify(topic(label, id));
    }
  };
  return out;
}

std::string with_scheme(std::string_view endpoint) {
  std::string out(endpoint);
  if (out.find("://") == std::string::npos) out.insert(0, "https://");
  while (out.ends_with('/')) out.pop_back();
  return out;
}

}  // namespace

std::string topic_of(std::string_view owner_label, schema::ObjectId id) {
  return topic(owner_label, std::to_string(id));
}

base::Result<Access> access_of(const kinds::KubernetesRuntimeInstance& runtime,
                               const std::function<base::Result<std::string>(std::string_view)>& reveal) {
  if (runtime.kubeconfig) {
    TP_TRY(const std::string text, reveal(*runtime.kubeconfig));
    auto access = k8s::parse_kubeconfig(text);
    if (!access) return std::move(access).error().with_context("Kubeconfig of runtime " + runtime.instance.name);
    return access;
  }
  if (!runtime.api_endpoint || runtime.api_endpoint->empty()) {
    return base::invalid("runtime " + runtime.instance.name +
                         " has neither Kubeconfig nor APIEndpoint: set Kubeconfig");
  }
  Access access{.server = with_scheme(*runtime.api_endpoint)};
  access.ca_pem = runtime.ca_certificate.value_or("");
  if (runtime.connection_token) {
    TP_TRY(access.token, reveal(*runtime.connection_token));
  } else if (runtime.certificate && runtime.certificate_key) {
    access.certificate_pem = *runtime.certificate;
    TP_TRY(access.key_pem, reveal(*runtime.certificate_key));
  }
  return access;
}

Clusters::Clusters(ClustersOptions options) : connections_(connections_options(options)) {}

base::Result<std::shared_ptr<k8s::Connection>> Clusters::connect(
    const kinds::KubernetesRuntimeInstance& runtime,
    const std::function<base::Result<std::string>(std::string_view)>& reveal) {
  TP_TRY(const Access access, access_of(runtime, reveal));
  return connections_.connect(access);
}

base::Result<std::shared_ptr<k8s::Connection>> Clusters::connect(const kinds::KubernetesRuntimeInstance& runtime,
                                                                 reconcile::Context& ctx) {
  return connect(runtime, [&ctx](std::string_view stored) { return ctx.reveal(stored); });
}

k8s::CallOptions call_within(reconcile::Context& ctx, base::Millis most) {
  return {.timeout = std::min(most, ctx.time_left()), .stop = ctx.stop()};
}

}  // namespace threeport::applyset
