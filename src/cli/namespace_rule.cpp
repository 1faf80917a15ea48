#include "cli/namespace_rule.h"

#include <algorithm>

#include "base/yaml.h"
#include "cli/manifest_check.h"

namespace threeport::cli {

namespace {

using base::Result;

bool declares_namespace(std::string_view manifests) {
  const auto documents = base::yaml::parse_documents(manifests);
  return documents && std::any_of(documents->begin(), documents->end(), [](const json::Value& manifest) {
           return manifest.at("kind").text() == "Namespace" && manifest.at("apiVersion").text() == "v1";
         });
}

/// What a document says about one workload instance.
struct Wanted {
  std::string name, definition, runtime;  ///< names; runtime "" = the default one
};

std::optional<Wanted> wanted_of(const Document& document) {
  const std::string runtime(document.members.at("KubernetesRuntimeInstance", "Name").text());
  if (document.subject.name == kWorkload) return Wanted{document.name, document.name, runtime};
  if (document.subject.name != "WorkloadInstance") return std::nullopt;
  return Wanted{document.name, std::string(document.members.at("WorkloadDefinition", "Name").text()), runtime};
}

class Rule {
 public:
  Rule(client::Api& api, const Vocabulary& vocabulary, const std::vector<Document>& documents)
      : api_(api),
        instances_(*vocabulary.find_name("WorkloadInstance")->kind),
        definitions_(*vocabulary.find_name("WorkloadDefinition")->kind),
        runtimes_(*vocabulary.find_name("KubernetesRuntimeInstance")->kind),
        documents_(documents) {}

  Result<void> check(const Document& document) {
    const auto wanted = wanted_of(document);
    // In an environment the namespace is the environment's.
    if (!wanted || !document.members.at("Environment").is_null()) return {};
    const std::optional<std::string> declared = declared_manifests(wanted->definition);
    if (declared && !declares_namespace(*declared)) return {};
    TP_TRY(const auto definition, find(definitions_, wanted->definition));
    if (!declared && !(definition && declares_namespace(definition->data.at(kManifests).text()))) return {};
    for (const Document& other : documents_) {
      const auto twin = wanted_of(other);
      if (twin && twin->name != wanted->name && twin->definition == wanted->definition &&
          twin->runtime == wanted->runtime)
        return taken(document, *wanted, twin->name);
    }
    if (!definition) return {};
    TP_TRY(const auto runtime, runtime_of(*wanted));
    TP_TRY(const auto others, api_.list(instances_, {{"workloaddefinitionid", std::to_string(definition->id())}}));
    for (const client::Object& other : others) {
      const bool is_twin = other.name() != wanted->name && other.data.at("EnvironmentID").is_null() &&
                           other.data.at("KubernetesRuntimeInstanceID").as_int() == runtime;
      if (is_twin) return taken(document, *wanted, other.name());
    }
    return {};
  }

 private:
  Result<std::optional<client::Object>> find(const KindDescriptor& kind, const std::string& name) {
    auto object = api_.find_by_name(kind, name);
    if (object) return std::optional(std::move(*object));
    if (object.error().kind == base::ErrorKind::not_found) return std::optional<client::Object>();
    return std::move(object).error();
  }

  /// Those of the document that declares the definition; unset where none does.
  [[nodiscard]] std::optional<std::string> declared_manifests(const std::string& definition) const {
    for (const Document& document : documents_) {
      const bool declares = document.subject.name == kWorkload || document.subject.name == "WorkloadDefinition";
      if (declares && document.name == definition) return std::string(document.members.at(kManifests).text());
    }
    return std::nullopt;
  }

  /// Unset where no object has that name yet.
  Result<std::optional<std::int64_t>> runtime_of(const Wanted& wanted) {
    if (!wanted.runtime.empty()) {
      TP_TRY(const auto runtime, find(runtimes_, wanted.runtime));
      return runtime ? std::optional(runtime->id()) : std::nullopt;
    }
    TP_TRY(const auto defaults, api_.list(runtimes_, {{"defaultruntime", "true"}}));
    return defaults.empty() ? std::optional<std::int64_t>() : std::optional(defaults.front().id());
  }

  static base::Error taken(const Document& document, const Wanted& wanted, std::string_view other) {
    return base::conflict(document.where + ": workload definition " + wanted.definition +
                          " declares its own Namespace, and its instance " + std::string(other) +
                          " has it on the same Kubernetes runtime: take the Namespace manifest out, so that each "
                          "instance gets a namespace of its own, or name another runtime");
  }

  client::Api& api_;
  const KindDescriptor& instances_;
  const KindDescriptor& definitions_;
  const KindDescriptor& runtimes_;
  const std::vector<Document>& documents_;
};

}  // namespace

Result<void> check_own_namespaces(client::Api& api, const Vocabulary& vocabulary,
                                  const std::vector<Document>& documents) {
  if (vocabulary.find_name("WorkloadInstance") == nullptr) return {};  // a build without workloads
  Rule rule(api, vocabulary, documents);
  for (const Document& document : documents) TP_CHECK(rule.check(document));
  return {};
}

}  // namespace threeport::cli
