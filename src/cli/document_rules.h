// What a document of a kind may say: its keys, derived from the kind's table, and the special ones of documents of v0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/document_table.h"
#include "cli/vocabulary.h"

namespace threeport::cli {

struct Rule {
  std::string key;
  const schema::FieldDescriptor* field = nullptr;
  Form form = Form::plain;
  bool is_required = false;
  std::string_view required_unless = {};  ///< field of the API in whose absence it is required
  std::string member = {};  ///< key of the API's document that it fills; of the rules that fill one, one is given
  Half half = Half::both;
  bool is_shared = false;  ///< see SpecialKey, as `also`
  std::string_view also = {};
  std::string_view doc = {};
};

/// The keys of one subject, in the order of the tables. References into the registry.
class DocumentRules {
 public:
  DocumentRules(const Subject& subject, const schema::Registry& registry);

  /// nullptr where the subject has no such key.
  [[nodiscard]] const Rule* find(std::string_view key) const;
  /// The keys that fill the same member as `rule`, as words: "AwsAccountName or AwsAccount".
  [[nodiscard]] std::string ways_to_fill(const Rule& rule) const;
  /// The sentence for a key that is not allowed: what is meant instead, or why it may not be set.
  [[nodiscard]] std::string refuse(std::string_view key) const;
  /// Whether the value may stand under the rule's key, by type, form and allowed values; else a sentence.
  [[nodiscard]] base::Result<void> check(const Rule& rule, const json::Value& value) const;
  [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }

 private:
  void add(const KindDescriptor& kind, std::string_view except, Half half);
  void put(Rule rule);
  void add_other_forms();
  void add_special();
  [[nodiscard]] base::Result<void> check_text(const Rule& rule, const json::Value& value) const;
  [[nodiscard]] base::Result<void> check_plain(const Rule& rule, const json::Value& value) const;
  [[nodiscard]] base::Result<void> check_list(const Rule& rule, const json::Value& value) const;
  [[nodiscard]] base::Result<void> check_element(const Rule& rule, const json::Value& element) const;

  const Subject subject_;
  const schema::Registry& registry_;
  std::vector<Rule> rules_;
};

/// How a value of that type is written: "a whole number".
std::string_view type_word(schema::FieldType type);

/// The subjects of the v0 catalogue, also those that a build may lack.
bool is_catalogue_name(std::string_view name);

}  // namespace threeport::cli
