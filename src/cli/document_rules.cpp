#include "cli/document_rules.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/text.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using schema::FieldDescriptor;
using schema::FieldType;

std::vector<std::string> keys_of(const std::vector<Rule>& rules) {
  std::vector<std::string> out;
  out.reserve(rules.size());
  for (const Rule& rule : rules) out.push_back(rule.key);
  return out;
}

/// Members that hold a whole text are written as the path of a file.
bool holds_file(const FieldDescriptor& field) {
  return field.type == FieldType::string && (field.name.ends_with("Document") || field.name == "Kubeconfig");
}

/// A reference may be left out where the control plane has a default for it.
bool has_default_object(const schema::Registry& registry, const FieldDescriptor& field) {
  const KindDescriptor* target = registry.find(field.references);
  return target != nullptr && target->find("DefaultRuntime") != nullptr;
}

bool has_strings(const json::Value& value) {
  const json::Object* object = value.if_object();
  return object != nullptr && std::all_of(object->begin(), object->end(), [](auto& m) { return m.value.is_string(); });
}

bool has_type(const json::Value& value, FieldType type) {
  switch (type) {
    case FieldType::boolean: return value.is_bool();
    case FieldType::integer: return value.as_int().has_value();
    case FieldType::unsigned_integer: return value.as_int().value_or(-1) >= 0;
    case FieldType::string: return value.is_string();
    case FieldType::timestamp: return base::parse_time(value.text()).has_value();
    case FieldType::json_array: return value.is_array();
    case FieldType::string_map: return has_strings(value);
    case FieldType::json:
    case FieldType::relation: return true;
  }
  return false;
}

std::string article(std::string_view type_name) {
  return (type_name == "object" || type_name == "array" ? "an " : "a ") + std::string(type_name);
}

}  // namespace

std::string_view type_word(FieldType type) {
  switch (type) {
    case FieldType::boolean: return "true or false";
    case FieldType::integer:
    case FieldType::unsigned_integer: return "a whole number";
    case FieldType::string: return "a string";
    case FieldType::timestamp: return "a time such as 2030-01-02T03:04:05Z";
    case FieldType::json_array: return "a list";
    case FieldType::string_map: return "a mapping of strings";
    case FieldType::json:
    case FieldType::relation: return "a value";
  }
  return "a value";
}

bool is_catalogue_name(std::string_view name) {
  static constexpr std::array<std::string_view, 18> kNames{"AwsAccount",
                                                           "AwsEksKubernetesRuntime",
                                                           "AwsObjectStorageBucket",
                                                           "AwsRelationalDatabase",
                                                           "ControlPlane",
                                                           "DependencyProfile",
                                                           "DomainName",
                                                           "Environment",
                                                           "Gateway",
                                                           "HelmWorkload",
                                                           "KubernetesRuntime",
                                                           "ObservabilityStack",
                                                           "Profile",
                                                           "Score",
                                                           "Secret",
                                                           "Terraform",
                                                           "Tier",
                                                           "Workload"};
  for (const std::string_view suffix : {"Definition", "Instance"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

DocumentRules::DocumentRules(const Subject& subject, const schema::Registry& registry)
    : subject_(subject), registry_(registry) {
  if (subject.is_combined()) {
    add(*subject.definition, "", Half::definition);
    add(*subject.kind, subject.definition->name, Half::instance);
  } else {
    add(*subject.kind, "", Half::both);
  }
  add_other_forms();
  add_special();
  if (find("Kubeconfig") != nullptr) {
    rules_.push_back(
        {.key = "Context", .form = Form::context, .doc = "Context of the kubeconfig; else its current one."});
  }
}

void DocumentRules::add(const KindDescriptor& kind, std::string_view except, Half half) {
  for (const FieldDescriptor& field : kind.fields) {
    Rule rule{.key = std::string(field.name), .field = &field, .half = half, .doc = field.doc};
    if (field.is_declared_list() && registry_.find(field.references) != nullptr) {
      rule.form = Form::list;
      rule.doc = registry_.find(field.references)->doc;
      put(std::move(rule));
      continue;
    }
    if (!field.is_spec()) continue;
    if (!except.empty() && field.references == except) continue;
    rule.is_required = field.has(schema::required);
    rule.required_unless = field.required_unless;
    if (!field.references.empty()) {
      if (!is_named_reference(registry_, field)) continue;
      rule.key = reference_key(field);
      rule.form = Form::reference;
      if (has_default_object(registry_, field)) {
        rule.is_required = false;
        rule.required_unless = {};
      }
    } else if (holds_file(field)) {
      rule.form = Form::file;
    }
    put(std::move(rule));
  }
}

void DocumentRules::put(Rule rule) {
  if (rule.member.empty()) rule.member = rule.key;
  const auto same =
      std::find_if(rules_.begin(), rules_.end(), [&](const Rule& other) { return other.key == rule.key; });
  if (same == rules_.end()) {
    rules_.push_back(std::move(rule));
  } else {
    same->half = Half::both;
  }
}

void DocumentRules::add_other_forms() {
  constexpr std::string_view kValues = "ValuesDocument", kDocument = "Document";
  for (std::size_t i = 0, count = rules_.size(); i < count; ++i) {
    Rule other = rules_[i];
    if (other.form == Form::reference && other.field->references == "AwsAccount") {
      other.key = "AwsAccountName";
      other.form = Form::name;
    } else if (other.form == Form::file && other.key.ends_with(kValues)) {
      other.key.resize(other.key.size() - kDocument.size());
      other.form = Form::text;
    } else {
      continue;
    }
    put(std::move(other));
  }
}

void DocumentRules::add_special() {
  const auto is_replaced = [&](const Rule& rule) {
    return std::any_of(special_keys().begin(), special_keys().end(), [&](const SpecialKey& row) {
      return row.document == subject_.name && !row.member.empty() && row.member == rule.member;
    });
  };
  std::erase_if(rules_, is_replaced);
  for (const SpecialKey& row : special_keys()) {
    if (row.document != subject_.name) continue;
    const KindDescriptor& kind = row.half == Half::definition ? *subject_.definition : *subject_.kind;
    const auto field = std::find_if(kind.fields.begin(), kind.fields.end(), [&](const FieldDescriptor& candidate) {
      return !row.member.empty() && (candidate.name == row.member || reference_key(candidate) == row.member);
    });
    Rule rule{.key = std::string(row.key),
              .form = row.form,
              .member = std::string(row.member),
              .half = row.half,
              .is_shared = row.is_shared,
              .also = row.also,
              .doc = row.doc};
    if (field != kind.fields.end()) {
      rule.field = &*field;
      rule.is_required = field->has(schema::required);
      if (rule.doc.empty()) rule.doc = field->doc;
    }
    rules_.push_back(std::move(rule));
  }
}

std::string DocumentRules::ways_to_fill(const Rule& rule) const {
  std::vector<std::string> keys;
  for (const Rule& other : rules_) {
    if (!other.member.empty() && other.member == rule.member && other.half == rule.half) keys.push_back(other.key);
  }
  return base::join(keys, " or ");
}

const Rule* DocumentRules::find(std::string_view key) const {
  const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.key == key; });
  return found == rules_.end() ? nullptr : &*found;
}

std::string DocumentRules::refuse(std::string_view key) const {
  const std::string member = subject_.name + "." + std::string(key);
  const FieldDescriptor* field = subject_.kind->find(key);
  if (field == nullptr && subject_.is_combined()) field = subject_.definition->find(key);
  if (field != nullptr && !field->references.empty() && find(reference_key(*field)) != nullptr) {
    return member + " is written by name: " + reference_key(*field) + ": {Name: ...}";
  }
  if (field != nullptr && !field->is_spec()) return member + " is written by the control plane; leave it out";
  if (is_catalogue_name(key) && registry_.find(key) == nullptr) {
    return member + ": this build has no kind " + std::string(key) + "; nothing was applied";
  }
  return subject_.name + " has no member \"" + std::string(key) + "\"" +
         (nearest(key, keys_of(rules_)).empty() ? "; it takes " + base::join(keys_of(rules_), ", ")
                                                : did_you_mean(key, keys_of(rules_)));
}

base::Result<void> DocumentRules::check(const Rule& rule, const json::Value& value) const {
  const std::string member = subject_.name + "." + rule.key;
  switch (rule.form) {
    case Form::ignored: return {};
    case Form::list: return check_list(rule, value);
    case Form::plain: return check_plain(rule, value);
    case Form::part:
      if (value.is_object()) return {};
      return base::invalid(member + " must hold the members of a " + rule.key + ", not " + article(value.type_name()));
    case Form::reference: {
      const json::Object* object = value.if_object();
      const auto is_known = [&](const auto& m) {
        return m.key == "Name" || (!rule.also.empty() && m.key == rule.also);
      };
      if (object != nullptr && !value.at("Name").text().empty() &&
          std::all_of(object->begin(), object->end(), is_known)) {
        return {};
      }
      return base::invalid(member + " must be {Name: <name of a " + schema::words_of(rule.field->references) + ">}");
    }
    case Form::name:
    case Form::text:
    case Form::file:
    case Form::folder:
    case Form::context:
    case Form::local: return check_text(rule, value);
  }
  return {};
}

base::Result<void> DocumentRules::check_text(const Rule& rule, const json::Value& value) const {
  const std::string member = subject_.name + "." + rule.key;
  const std::string what = rule.form == Form::file     ? "the path of a file"
                           : rule.form == Form::folder ? "the path of a folder"
                           : rule.form == Form::text   ? "a text, such as YAML behind `|`"
                           : rule.form == Form::name   ? "the name of a " + schema::words_of(rule.field->references)
                           : rule.key == "LocalConfig" || rule.key == "LocalCredentials" ? "the path of a file"
                                                                                         : "a name";
  const bool may_be_empty = rule.form == Form::text;
  if (!value.is_string() || (value.text().empty() && !may_be_empty)) {
    return base::invalid(member + " must be " + what + ", not " + article(value.type_name()));
  }
  if (rule.form == Form::file && value.text().find('\n') != std::string_view::npos) {
    return base::invalid(member + " must be the path of a file; put the text into a file of its own");
  }
  return {};
}

base::Result<void> DocumentRules::check_plain(const Rule& rule, const json::Value& value) const {
  const std::string member = subject_.name + "." + rule.key;
  if (!has_type(value, rule.field->type)) {
    const bool needs_quotes =
        rule.field->type == FieldType::string && !value.is_object() && !value.is_array() && !value.is_null();
    return base::invalid(member + " must be " + std::string(type_word(rule.field->type)) + ", not " +
                         article(value.type_name()) + (needs_quotes ? "; write it in quotes" : ""));
  }
  const auto& allowed = rule.field->one_of;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value.text()) == allowed.end()) {
    const std::vector<std::string> words(allowed.begin(), allowed.end());
    const std::string near = nearest(value.text(), words);
    return base::invalid(member + " \"" + std::string(value.text()) + "\" is not allowed" +
                         (near.empty() ? "; it may be " + base::join(words, ", ") : did_you_mean(value.text(), words)));
  }
  if (rule.key != "Name") return {};
  if (value.text().empty()) return base::invalid(member + " must not be empty");
  const std::size_t longest = traits_of(subject_.name).longest_name;
  if (longest == 0 || value.text().size() <= longest) return {};
  return base::invalid(member + " \"" + std::string(value.text()) + "\" has " + std::to_string(value.text().size()) +
                       " characters; it may have " + std::to_string(longest) + " at most: choose a shorter one");
}

base::Result<void> DocumentRules::check_list(const Rule& rule, const json::Value& value) const {
  if (!value.is_array()) {
    return base::invalid(subject_.name + "." + rule.key + " must be a list, not " + article(value.type_name()));
  }
  for (const json::Value& element : value.as_array()) TP_CHECK(check_element(rule, element));
  return {};
}

base::Result<void> DocumentRules::check_element(const Rule& rule, const json::Value& element) const {
  const KindDescriptor& kind = *registry_.find(rule.field->references);
  const std::string list = subject_.name + "." + rule.key;
  std::vector<std::string> known, missing;
  for (const FieldDescriptor& field : kind.fields) {
    if (!field.is_spec() || field.name == rule.field->relation_member) continue;
    known.emplace_back(field.name);
    if (field.has(schema::required) && element.at(field.name).is_null()) missing.emplace_back(field.name);
  }
  if (!element.is_object()) {
    return base::invalid(list + ": each element must be a mapping with members such as " + known.front() + ", not " +
                         article(element.type_name()));
  }
  for (const json::Member& member : element.as_object()) {
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      const std::string near = nearest(member.key, known);
      return base::invalid(list + ": an element has no member \"" + member.key + "\"" +
                           (near.empty() ? "; it takes " + base::join(known, ", ") : did_you_mean(member.key, known)));
    }
    const FieldType type = kind.find(member.key)->type;
    if (member.value.is_null() || has_type(member.value, type)) continue;
    return base::invalid(list + ": " + member.key + " must be " + std::string(type_word(type)) + ", not " +
                         article(member.value.type_name()));
  }
  if (missing.empty()) return {};
  return base::invalid(list + ": an element lacks " + base::join(missing, ", "));
}

}  // namespace threeport::cli
