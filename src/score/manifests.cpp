#include "score/manifests.h"

#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "score/contents.h"
#include "score/reader.h"
#include "score/rules.h"

namespace threeport::score {
namespace {

constexpr std::string_view kFilesVolume = "files";
constexpr std::string_view kSecretFilesVolume = "secret-files";

/// How long a container that must be healthy before others may take: 5 minutes, asked every 2 seconds.
constexpr int kStartupPeriodSeconds = 2;
constexpr int kStartupAttempts = 150;

json::Value labels_of(const Workload& workload) {
  return json::Object{{"app.kubernetes.io/name", workload.name},
                      {"app.kubernetes.io/instance", workload.name},
                      {"app.kubernetes.io/managed-by", "threeport"}};
}

json::Value selector_of(const Workload& workload) {
  return json::Object{{"app.kubernetes.io/instance", workload.name}};
}

json::Value texts(const std::vector<std::string>& list) { return json::Array(list.begin(), list.end()); }

/// Kubernetes replaces $(NAME) and $$ in values of the environment; Score does not.
std::string as_literal(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    out += value[i];
    if (value[i] == '$' && i + 1 < value.size() && (value[i + 1] == '$' || value[i + 1] == '(')) out += '$';
  }
  return out;
}

json::Value probe_of(const Probe& probe) {
  if (probe.exec) return json::Object{{"exec", json::Object{{"command", texts(*probe.exec)}}}};
  const HttpGet& get = *probe.http_get;
  json::Object out{{"path", get.path}, {"port", get.port}};
  if (!get.host.empty()) out.append("host", get.host);
  if (!get.scheme.empty()) out.append("scheme", get.scheme);
  json::Array headers;
  for (const auto& [name, value] : get.headers) headers.push_back(json::Object{{"name", name}, {"value", value}});
  if (!headers.empty()) out.append("httpHeaders", std::move(headers));
  return json::Object{{"httpGet", std::move(out)}};
}

json::Value amounts_of(const Amounts& amounts) {
  json::Value out;
  if (amounts.cpu) out["cpu"] = *amounts.cpu;
  if (amounts.memory) out["memory"] = *amounts.memory;
  return out;
}

/// Makes the pod of one workload.
class PodMaker {
 public:
  PodMaker(const Workload& workload, const Lookup& lookup, const Contents& contents, std::string_view salt)
      : workload_(workload),
        lookup_(lookup),
        contents_(contents),
        config_map_(contents.config_map.name(salt)),
        secret_(contents.secret.name(salt)) {}

  base::Result<json::Value> make() {
    json::Array init, main;
    TP_TRY(const std::vector<const Container*> order, start_order(workload_));
    for (const Container* container : order) {
      if (container->before.empty()) continue;
      TP_TRY(json::Value made, make_container(*container));
      become_first(*container, made);
      init.push_back(std::move(made));
    }
    for (const Container& container : workload_.containers) {
      if (!container.before.empty()) continue;
      TP_TRY(json::Value made, make_container(container));
      main.push_back(std::move(made));
    }
    json::Value out;
    if (!init.empty()) out["initContainers"] = std::move(init);
    out["containers"] = std::move(main);
    add_file_volumes();
    if (!volumes_.empty()) out["volumes"] = std::move(volumes_);
    return out;
  }

 private:
  base::Result<json::Value> make_container(const Container& container) {
    if (container.image == kImageGivenLater) {
      return base::invalid("containers." + container.name + ".image: \".\" is given at deploy time; say --image " +
                           container.name + "=REF");
    }
    json::Value out = json::Object{{"name", container.name}, {"image", container.image}};
    if (!container.command.empty()) out["command"] = texts(container.command);
    if (!container.args.empty()) out["args"] = texts(container.args);
    json::Array environment = make_environment(container);
    if (!environment.empty()) out["env"] = std::move(environment);
    TP_TRY(json::Array mounts, make_mounts(container));
    if (!mounts.empty()) out["volumeMounts"] = std::move(mounts);
    json::Value resources;
    for (const auto& [name, amounts] : {std::pair{"requests", container.requests}, {"limits", container.limits}}) {
      json::Value made = amounts_of(amounts);
      if (!made.is_null()) resources[name] = std::move(made);
    }
    if (!resources.is_null()) out["resources"] = std::move(resources);
    if (container.liveness) out["livenessProbe"] = probe_of(*container.liveness);
    if (container.readiness) out["readinessProbe"] = probe_of(*container.readiness);
    return out;
  }

  /// One that completes is an init container; one that goes on is a sidecar (KEP-753), started before the next one.
  static void become_first(const Container& container, json::Value& made) {
    const auto asks_for = [&](Ready ready) {
      return std::any_of(container.before.begin(), container.before.end(),
                         [&](const Before& before) { return before.ready == ready; });
    };
    if (asks_for(Ready::complete)) return;
    made["restartPolicy"] = "Always";
    if (!asks_for(Ready::healthy)) return;
    json::Value startup = probe_of(container.readiness ? *container.readiness : *container.liveness);
    startup["periodSeconds"] = kStartupPeriodSeconds;
    startup["failureThreshold"] = kStartupAttempts;
    made["startupProbe"] = std::move(startup);
  }

  [[nodiscard]] json::Array make_environment(const Container& container) const {
    json::Array out;
    for (const ResolvedVariable& variable : contents_.variables.at(container.name)) {
      if (variable.secret_key.empty()) {
        out.push_back(json::Object{{"name", variable.name}, {"value", as_literal(variable.value)}});
      } else {
        json::Object key{{"name", secret_}, {"key", variable.secret_key}};
        out.push_back(
            json::Object{{"name", variable.name}, {"valueFrom", json::Object{{"secretKeyRef", std::move(key)}}}});
      }
    }
    return out;
  }

  base::Result<json::Array> make_mounts(const Container& container) {
    json::Array out;
    if (const auto files = contents_.files.find(container.name); files != contents_.files.end()) {
      for (const ResolvedFile& file : files->second) {
        // Each by itself, so that the folder keeps what the image has in it.
        out.push_back(json::Object{{"name", file.secret ? kSecretFilesVolume : kFilesVolume},
                                   {"mountPath", file.target},
                                   {"subPath", file.key},
                                   {"readOnly", true}});
        json::Object item{{"key", file.key}, {"path", file.key}};
        if (file.mode) item.append("mode", *file.mode);
        (file.secret ? secret_items_ : config_map_items_).push_back(std::move(item));
      }
    }
    for (const Volume& volume : container.volumes) {
      auto name = add_volume(volume);
      if (!name) {
        return std::move(name).error().with_context(
            member_path("containers." + container.name + ".volumes", volume.target) + ".source");
      }
      json::Object mount{{"name", *name}, {"mountPath", volume.target}};
      if (!volume.path.empty()) mount.append("subPath", volume.path);
      if (volume.read_only) mount.append("readOnly", true);
      out.push_back(std::move(mount));
    }
    return out;
  }

  /// Its name within the pod; the same source is one volume.
  base::Result<std::string> add_volume(const Volume& volume) {
    std::string name = "vol-" + base::base32_encode(base::sha256(volume.source)).substr(0, 10);
    const bool is_there = std::any_of(volumes_.begin(), volumes_.end(),
                                      [&](const json::Value& other) { return other.at("name").text() == name; });
    if (is_there) return name;
    TP_TRY(const Output source, expand(json::Value(volume.source), volume_lookup()));
    if (source.secret) return base::invalid("must not be a secret; secrets may stand in variables and files");
    json::Object out{{"name", name}};
    if (const json::Object* object = source.value.if_object()) {
      for (const json::Member& member : *object) out.set(member.key, member.value);
    } else {
      std::string claim = text_of(source.value);
      if (claim.empty()) return base::invalid("must be the name of a PersistentVolumeClaim, but is empty");
      out.append("persistentVolumeClaim", json::Object{{"claimName", std::move(claim)}});
    }
    volumes_.push_back(std::move(out));
    return name;
  }

  /// A resource alone stands for its `source`.
  [[nodiscard]] Lookup volume_lookup() const {
    return [this](const Reference& reference) -> base::Result<Output> {
      const bool is_alone = reference.path.size() == 2 && reference.path[0] == "resources";
      return lookup_(is_alone ? make_reference(reference.text + ".source") : reference);
    };
  }

  void add_file_volumes() {
    if (!config_map_items_.empty()) {
      volumes_.push_back(
          json::Object{{"name", kFilesVolume},
                       {"configMap", json::Object{{"name", config_map_}, {"items", std::move(config_map_items_)}}}});
    }
    if (!secret_items_.empty()) {
      volumes_.push_back(
          json::Object{{"name", kSecretFilesVolume},
                       {"secret", json::Object{{"secretName", secret_}, {"items", std::move(secret_items_)}}}});
    }
  }

  const Workload& workload_;
  const Lookup& lookup_;
  const Contents& contents_;
  std::string config_map_, secret_;
  json::Array volumes_, config_map_items_, secret_items_;
};

json::Value make_service(const Workload& workload, std::string_view name, bool headless) {
  json::Array ports;
  for (const ServicePort& port : workload.ports) {
    ports.push_back(json::Object{
        {"name", port.name}, {"port", port.port}, {"targetPort", port.target_port}, {"protocol", port.protocol}});
  }
  json::Value spec = json::Object{{"selector", selector_of(workload)}};
  if (headless) spec["clusterIP"] = "None";
  if (!ports.empty()) spec["ports"] = std::move(ports);
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "Service"},
                      {"metadata", json::Object{{"name", name}, {"labels", labels_of(workload)}}},
                      {"spec", std::move(spec)}};
}

json::Value pod_annotations(const Workload& workload) {
  json::Object out;
  for (const auto& [key, value] : workload.annotations) {
    if (!key.starts_with(kScorePrefix) && !key.starts_with(kOwnPrefix)) out.append(key, value);
  }
  out.append(std::string(kScorePrefix) + "workload-name", workload.name);
  return out;
}

json::Value make_controller(const Workload& workload, json::Value pod, std::string_view headless_service) {
  json::Value spec = json::Object{{"selector", json::Object{{"matchLabels", selector_of(workload)}}}};
  if (const std::string_view text = workload.annotation(kReplicasAnnotation); !text.empty()) {
    std::int64_t replicas = 0;
    std::from_chars(text.data(), text.data() + text.size(), replicas);
    spec["replicas"] = replicas;
  }
  if (!headless_service.empty()) spec["serviceName"] = headless_service;
  spec["template"] = json::Object{
      {"metadata", json::Object{{"labels", labels_of(workload)}, {"annotations", pod_annotations(workload)}}},
      {"spec", std::move(pod)}};
  return json::Object{{"apiVersion", "apps/v1"},
                      {"kind", headless_service.empty() ? "Deployment" : "StatefulSet"},
                      {"metadata", json::Object{{"name", workload.name}, {"labels", labels_of(workload)}}},
                      {"spec", std::move(spec)}};
}

}  // namespace

base::Result<std::vector<json::Value>> make_manifests(const Workload& workload, const Surroundings& surroundings) {
  const Lookup lookup = [&](const Reference& reference) -> base::Result<Output> {
    if (reference.path[0] != "metadata") return surroundings.resources(reference);
    TP_TRY(json::Value value, walk(workload.metadata, reference, 1));
    return Output{.value = std::move(value)};
  };
  TP_TRY(const Contents contents, resolve_contents(workload, lookup));
  TP_TRY(json::Value pod, PodMaker(workload, lookup, contents, surroundings.salt).make());

  std::vector<json::Value> out;
  for (const Bundle* bundle : {&contents.config_map, &contents.secret}) {
    if (bundle->empty()) continue;
    TP_TRY(json::Value manifest, bundle->manifest(surroundings.salt, labels_of(workload)));
    out.push_back(std::move(manifest));
  }
  const std::string_view service_name = workload.annotation(kServiceNameAnnotation);
  if (!workload.ports.empty()) {
    out.push_back(make_service(workload, service_name.empty() ? workload.name : service_name, false));
  }
  const bool is_stateful = workload.annotation(kKindAnnotation) == "StatefulSet";
  const std::string headless = is_stateful ? workload.name + "-headless-svc" : "";
  if (is_stateful) out.push_back(make_service(workload, headless, true));
  out.push_back(make_controller(workload, std::move(pod), headless));
  return out;
}

}  // namespace threeport::score
