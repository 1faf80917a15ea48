#include "controllers/dependency/external.h"

#include <algorithm>

#include "base/crypto.h"

namespace threeport::controllers::dependency {
namespace {

using dependencies::Outputs;
using dependencies::Roots;
using kinds::DependencyInstance;
using kinds::DependencyProfile;
using reconcile::Context;

constexpr std::string_view kMigration = "migration";

/// A UUID that is the same for this instance for ever.
std::string guid_of(const DependencyInstance& instance, Context& ctx) {
  const std::string hex = base::sha256_hex(ctx.installation_uid() + "/" + std::to_string(instance.meta.id));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-5" + hex.substr(13, 3) + "-a" + hex.substr(17, 3) + "-" +
         hex.substr(20, 12);
}

json::Value values_of(const Outputs& outputs) {
  json::Object out;
  for (const auto& [name, output] : outputs) out.append(name, output.value);
  return out;
}

void add_secrets(const Outputs& outputs, std::vector<std::string>& out) {
  for (const auto& [name, output] : outputs) {
    if (output.secret && !output.value.text().empty()) out.emplace_back(output.value.text());
  }
}

provisioner::Request request_of(const DependencyInstance& instance, const Roots& roots, Context& ctx) {
  provisioner::Request out;
  out.guid = guid_of(instance, ctx);
  out.uid = instance.identity;
  out.type = instance.type;
  out.class_name = instance.dependency_class;
  out.id = instance.key;
  out.params = values_of(roots.params);
  out.source_workload = roots.workload.at("name").text();
  out.workload_metadata = roots.workload;
  out.ns = instance.instance_namespace;
  add_secrets(roots.params, out.secrets);
  return out;
}

provisioner::CallOptions call_of(Context& ctx) { return {.timeout = ctx.time_left(), .stop = ctx.stop()}; }

/// The inventory's entry of a provider that has no objects on a cluster.
json::Value* find_entry(DependencyInstance& instance, std::string_view provider) {
  const auto it = std::find_if(instance.inventory.begin(), instance.inventory.end(),
                               [&](const json::Value& entry) { return entry.at("Provider").text() == provider; });
  return it == instance.inventory.end() ? nullptr : &*it;
}

base::Result<void> write_inventory(DependencyInstance& instance, Context& ctx) {
  reconcile::Batch batch;
  batch.merge<DependencyInstance>(instance.meta.id, json::Object{{"Inventory", instance.inventory}});
  TP_CHECK(ctx.write(batch));
  return {};
}

/// Notes what is about to be done, before it is done.
base::Result<void> intend(DependencyInstance& instance, std::string_view provider, Context& ctx) {
  if (find_entry(instance, provider) != nullptr) return {};
  instance.inventory.push_back(json::Object{{"Provider", provider}, {"Object", instance.identity}});
  return write_inventory(instance, ctx);
}

struct Answer {
  json::Value state, outputs, manifests;
};

base::Result<Answer> last_answer(const DependencyInstance& instance, Context& ctx) {
  if (!instance.state) return Answer{};
  TP_TRY(const std::string text, ctx.reveal(*instance.state));
  TP_TRY(const json::Value stored, json::parse(text));
  return Answer{.state = stored.at("State"), .outputs = stored.at("Outputs"), .manifests = stored.at("Manifests")};
}

External external_of(const Answer& answer) {
  External out;
  if (const json::Array* manifests = answer.manifests.if_array()) out.manifests = *manifests;
  const json::Object* outputs = answer.outputs.if_object();
  if (outputs == nullptr) return out;
  for (const json::Member& member : *outputs) {
    const json::Value* secret = member.value.find("Secret");
    const bool is_secret = secret != nullptr && member.value.as_object().size() == 1;
    out.outputs[member.key] = {.value = is_secret ? *secret : member.value, .secret = is_secret};
  }
  return out;
}

}  // namespace

base::Result<External> ensure_external(DependencyInstance& instance, const DependencyProfile& profile,
                                       const Roots& roots, const provisioner::Open& open, Context& ctx) {
  TP_TRY(const Answer last, last_answer(instance, ctx));
  provisioner::Request request = request_of(instance, roots, ctx);
  request.state = last.state;
  const std::string asked =
      base::sha256_hex(json::canonical(profile.params) + json::canonical(request.params) + request.ns);
  if (const json::Value* entry = find_entry(instance, profile.provider);
      entry != nullptr && entry->at("Applied").text() == asked)
    return external_of(last);
  TP_TRY(const auto provider, open(profile.provider, profile.params));
  TP_CHECK(intend(instance, profile.provider, ctx));
  TP_TRY(const provisioner::Response response, provider->provision(request, call_of(ctx)));
  Answer answer{.state = response.state, .outputs = response.outputs, .manifests = response.manifests};
  (*find_entry(instance, profile.provider))["Applied"] = asked;
  reconcile::Batch batch;
  batch.merge<DependencyInstance>(instance.meta.id,
                                  json::Object{{"Inventory", instance.inventory},
                                               {"State", json::dump(json::Object{{"State", answer.state},
                                                                                 {"Outputs", answer.outputs},
                                                                                 {"Manifests", answer.manifests}})}});
  TP_TRY(const auto written, ctx.write(batch));
  TP_TRY(const auto stored, reconcile::decode<DependencyInstance>(written.front()));
  instance.state = stored.state;
  return external_of(answer);
}

base::Result<void> remove_external(DependencyInstance& instance, const DependencyProfile& profile, const Roots& roots,
                                   const provisioner::Open& open, Context& ctx) {
  if (find_entry(instance, profile.provider) == nullptr) return {};
  TP_TRY(const Answer last, last_answer(instance, ctx));
  TP_TRY(const auto provider, open(profile.provider, profile.params));
  provisioner::Request request = request_of(instance, roots, ctx);
  request.state = last.state;
  TP_CHECK(provider->remove(request, call_of(ctx)));
  std::erase_if(instance.inventory,
                [&](const json::Value& entry) { return entry.at("Provider").text() == profile.provider; });
  return write_inventory(instance, ctx);
}

base::Result<void> ensure_migrated(DependencyInstance& instance, const DependencyProfile& profile, const Outputs& from,
                                   const Outputs& to, const provisioner::Open& open, Context& ctx) {
  if (profile.migrate.is_null() || instance.replaces == 0) return {};
  const json::Value* entry = find_entry(instance, kMigration);
  if (entry != nullptr && !entry->at("Applied").is_null()) return {};
  TP_TRY(const auto provider, open(profile.migrate.at("Provider").text(), profile.migrate.at("Params")));
  TP_CHECK(intend(instance, kMigration, ctx));
  provisioner::Request request = request_of(instance, {}, ctx);
  request.params = json::Object{{"from", values_of(from)}, {"to", values_of(to)}};
  add_secrets(from, request.secrets);
  add_secrets(to, request.secrets);
  auto done = provider->provision(request, call_of(ctx));
  if (!done) return std::move(done).error().with_context("migration of its data");
  (*find_entry(instance, kMigration))["Applied"] = "done";
  return write_inventory(instance, ctx);
}

}  // namespace threeport::controllers::dependency
