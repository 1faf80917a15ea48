// The words for kinds on the command line and in documents, derived from the registry.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/registry.h"

namespace threeport::cli {

using schema::KindDescriptor;

/// The combined subject that plain manifests make, and whose instances live in environments.
inline constexpr std::string_view kWorkload = "Workload";

/// What KIND means: one kind, or a definition and its instances together ("workload").
struct Subject {
  const KindDescriptor* kind = nullptr;        ///< of a combined subject the instance's kind
  const KindDescriptor* definition = nullptr;  ///< combined subjects only
  std::string name;                            ///< "WorkloadInstance", "Workload"
  std::string word;                            ///< "workload-instance", "workload": how output names its objects

  [[nodiscard]] bool is_combined() const { return definition != nullptr; }
};

/// Knows every kind of the registry, and a combined subject X wherever there are XDefinition and XInstance.
class Vocabulary {
 public:
  explicit Vocabulary(const schema::Registry& registry);

  /// Singular, plural or alias of the command line, or the name of documents; without case. Error `invalid` with the
  /// nearest word.
  [[nodiscard]] base::Result<Subject> find(std::string_view word) const;
  /// By the name of documents, exactly; nullptr where this build has none of that name.
  [[nodiscard]] const Subject* find_name(std::string_view name) const;
  /// In the order of the registry; combined subjects first.
  [[nodiscard]] const std::vector<Subject>& subjects() const { return subjects_; }
  /// Singular and plural words, for completion.
  [[nodiscard]] std::vector<std::string> words() const;
  [[nodiscard]] const schema::Registry& registry() const { return registry_; }

 private:
  const schema::Registry& registry_;
  std::vector<Subject> subjects_;
};

/// "workload-instances" → "workload-instance".
std::string singular(std::string_view path);
/// The kind's word in output, e.g. "workload-instance".
std::string word_of(const KindDescriptor& kind);
/// "KubernetesRuntimeInstanceID" → "KubernetesRuntimeInstance": how documents write a reference.
std::string reference_key(const schema::FieldDescriptor& field);
/// Whether documents write the member as `X: {Name: n}`: a reference to a kind of the registry that has a Name.
bool is_named_reference(const schema::Registry& registry, const schema::FieldDescriptor& field);

}  // namespace threeport::cli
