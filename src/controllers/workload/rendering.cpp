#include "controllers/workload/rendering.h"

#include "applyset/desired.h"
#include "dependencies/wiring.h"
#include "score/manifests.h"

namespace threeport::controllers::workload {
namespace {

/// ConfigMaps and Secrets of a Score file are named by their content.
void mark_content_addressed(json::Value& manifest) {
  const std::string_view kind = manifest.at("kind").text();
  if (kind == "ConfigMap" || kind == "Secret")
    manifest["metadata"]["annotations"][applyset::kContentAddressed] = "true";
}

std::vector<k8s::Manifest> as_manifests(std::vector<json::Value> objects) {
  std::vector<k8s::Manifest> out;
  for (json::Value& object : objects) {
    k8s::ObjectRef ref = k8s::ref_of(object);
    out.push_back({.ref = std::move(ref),
                   .object = std::move(object),
                   .document = static_cast<unsigned>(out.size()) + 1,
                   .line = 1});
  }
  return out;
}

base::Error as_invalid_manifest(base::Error error) {
  if (error.kind == base::ErrorKind::invalid && error.reason.empty()) error.reason = "InvalidManifest";
  return error;
}

}  // namespace

base::Result<std::vector<k8s::Manifest>> render(const kinds::WorkloadInstance& instance,
                                                const kinds::Revision& revision, reconcile::Context& ctx) {
  Evaluation evaluation(ctx);
  const score::Lookup look_up = [&](const score::Reference& reference) {
    return evaluation.find(instance, revision, reference);
  };
  if (revision.score_document && !revision.score_document->empty()) {
    auto workload = score::parse(*revision.score_document);
    if (!workload) return as_invalid_manifest(std::move(workload).error());
    auto objects = score::make_manifests(*workload, {.resources = look_up, .salt = ctx.installation_uid()});
    if (!objects) return as_invalid_manifest(std::move(objects).error());
    for (json::Value& object : *objects) mark_content_addressed(object);
    return as_manifests(std::move(*objects));
  }
  TP_TRY(auto manifests, k8s::parse_manifests(revision.yaml_document));
  if (revision.dependencies.is_null()) return manifests;
  TP_TRY(const auto definition, ctx.get(instance.definition));
  std::vector<json::Value> objects;
  objects.reserve(manifests.size());
  for (k8s::Manifest& manifest : manifests) objects.push_back(std::move(manifest.object));
  auto wired = dependencies::wire_manifests(objects, look_up, k8s::label_value(definition.definition.name),
                                            ctx.installation_uid());
  if (!wired) return as_invalid_manifest(std::move(wired).error());
  return as_manifests(std::move(*wired));
}

}  // namespace threeport::controllers::workload
