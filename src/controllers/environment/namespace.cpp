#include "controllers/environment/namespace.h"

#include <algorithm>

#include "applyset/plan.h"
#include "applyset/removal.h"

namespace threeport::controllers::environment {
namespace {

namespace k8s = applyset::k8s;

applyset::Identity identity_of(const kinds::Environment& environment, reconcile::Context& ctx) {
  return {.installation_uid = ctx.installation_uid(),
          .id = environment.meta.id,
          .instance_name = environment.name,
          .definition_name = environment.name,
          .owner_label = applyset::kEnvironmentLabel};
}

applyset::DesiredObject namespace_of(const kinds::Environment& environment, const applyset::Identity& identity) {
  const json::Value manifest = json::Object{{"apiVersion", "v1"},
                                            {"kind", "Namespace"},
                                            {"metadata", json::Object{{"name", environment.environment_namespace}}}};
  return applyset::make_desired(manifest, false, "", identity);
}

bool is_leaving(const json::Value& live) { return !live.at("metadata", "deletionTimestamp").is_null(); }

bool has_labels_of(const json::Value& live, const json::Value& wanted) {
  const json::Object& labels = wanted.at("metadata", "labels").as_object();
  return std::all_of(labels.begin(), labels.end(),
                     [&](const json::Member& label) { return k8s::label_of(live, label.key) == label.value.text(); });
}

/// The one object of an environment, which names it itself.
class OnlyNamespace final : public applyset::Inventory {
 public:
  explicit OnlyNamespace(applyset::DesiredObject object) : object_(std::move(object)) {}
  base::Result<std::vector<applyset::InventoryRow>> read() override {
    return std::vector{applyset::InventoryRow{.ref = object_.ref, .recorded = object_.recorded, .applied_hash = {}}};
  }
  base::Result<void> intend(const std::vector<applyset::DesiredObject>&) override { return {}; }
  void applied(const k8s::ObjectRef&, const std::string&, bool) override {}
  void gone(const k8s::ObjectRef&) override {}
  base::Result<void> flush() override { return {}; }

 private:
  applyset::DesiredObject object_;
};

/// Unset: absent. Error `blocked`: it is not, or no longer, there to be used.
base::Result<std::optional<json::Value>> present(const k8s::ObjectRef& ref, const applyset::Identity& identity,
                                                 k8s::Connection& connection, reconcile::Context& ctx) {
  auto live = connection.cluster().get(ref, applyset::call_within(ctx));
  if (!live && live.error().kind == base::ErrorKind::not_found) return std::optional<json::Value>();
  if (!live) return std::move(live).error();
  base::Error error = base::blocked("");
  if (const std::string owner = applyset::other_owner(*live, identity); !owner.empty()) {
    error.message = ref.to_text() + " belongs to " + owner + ": remove it there, or make the environment anew";
    error.reason = "NamespaceTaken";
    return error;
  }
  if (is_leaving(*live)) {
    error.message = ref.to_text() + " is being deleted; it is made again once it is gone";
    error.reason = k8s::reason::kNamespaceTerminating;
    return error;
  }
  return std::optional(std::move(*live));
}

}  // namespace

base::Result<void> ensure_namespace(const kinds::Environment& environment, k8s::Connection& connection,
                                    reconcile::Context& ctx) {
  const applyset::Identity identity = identity_of(environment, ctx);
  const applyset::DesiredObject wanted = namespace_of(environment, identity);
  TP_CHECK(connection.informers().ensure(wanted.ref.type()));
  const k8s::LiveObject seen = connection.informers().find(wanted.ref);
  if (seen && !is_leaving(*seen) && has_labels_of(*seen, wanted.manifest)) return {};
  TP_TRY(const auto live, present(wanted.ref, identity, connection, ctx));
  if (live && has_labels_of(*live, wanted.manifest)) return {};
  TP_TRY(const json::Value made, connection.cluster().apply(wanted.manifest, {}, applyset::call_within(ctx)));
  connection.informers().write_through(made);
  return {};
}

base::Result<reconcile::Outcome> remove_namespace(const kinds::Environment& environment, k8s::Connection& connection,
                                                  reconcile::Context& ctx) {
  const applyset::Identity identity = identity_of(environment, ctx);
  OnlyNamespace inventory(namespace_of(environment, identity));
  return applyset::remove_set(identity, inventory, connection, ctx);
}

}  // namespace threeport::controllers::environment
