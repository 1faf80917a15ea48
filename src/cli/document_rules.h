// What a document of a kind may say: its keys, derived from the kind's table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/vocabulary.h"

namespace threeport::cli {

/// How the value of a key is written.
enum class Form {
  plain,      ///< as the API has it
  reference,  ///< {Name: n} instead of an id
  file,       ///< path of the file that holds the text
  context,    ///< name of the context of the Kubeconfig beside it
  list,       ///< a list of nested objects, each as its kind's table has it
};

struct Rule {
  std::string key;
  const schema::FieldDescriptor* field = nullptr;
  Form form = Form::plain;
  bool is_required = false;
};

/// The keys of one subject, in the order of the tables. References into the registry.
class DocumentRules {
 public:
  DocumentRules(const Subject& subject, const schema::Registry& registry);

  /// nullptr where the subject has no such key.
  [[nodiscard]] const Rule* find(std::string_view key) const;
  /// The sentence for a key that is not allowed: what is meant instead, or why it may not be set.
  [[nodiscard]] std::string refuse(std::string_view key) const;
  /// Whether the value may stand under the rule's key, by type, form and allowed values; else a sentence.
  [[nodiscard]] base::Result<void> check(const Rule& rule, const json::Value& value) const;
  [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }

 private:
  void add(const KindDescriptor& kind, std::string_view except);
  [[nodiscard]] base::Result<void> check_list(const Rule& rule, const json::Value& value) const;

  const Subject subject_;
  const schema::Registry& registry_;
  std::vector<Rule> rules_;
};

/// The subjects of the v0 catalogue, also those that a build may lack.
bool is_catalogue_name(std::string_view name);

}  // namespace threeport::cli
