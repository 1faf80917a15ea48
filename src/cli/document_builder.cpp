#include "cli/document_builder.h"

#include <algorithm>

#include "base/file.h"
#include "base/utf8.h"
#include "cli/kubeconfig_file.h"
#include "cli/manifest_check.h"
#include "cli/score_file.h"

namespace threeport::cli {

namespace {

using base::Result;

void append(json::Object& out, const json::Object& members) {
  for (const json::Member& member : members) out.set(member.key, member.value);
}

/// The texts of all *.tf files below the folder, in the order of their paths.
Result<std::string> read_folder(const std::filesystem::path& folder) {
  constexpr std::string_view kExtension = ".tf";
  std::vector<std::filesystem::path> paths;
  std::error_code failed;
  for (std::filesystem::recursive_directory_iterator it(folder, failed), end; !failed && it != end;
       it.increment(failed)) {
    std::error_code ignored;
    if (it->path().extension() == kExtension && !it->is_directory(ignored)) paths.push_back(it->path());
  }
  if (failed) return base::system_error(failed.value(), "read the folder " + folder.string());
  if (paths.empty()) return base::invalid("there are no *.tf files below " + folder.string());
  std::sort(paths.begin(), paths.end());
  std::string out;
  for (const auto& path : paths) {
    TP_TRY(const std::string text, base::read_file(path));
    out += text;
    if (!out.ends_with('\n')) out += '\n';
  }
  return base::to_utf8(std::move(out));
}

/// What the parts of a document get from it where they do not say it themselves: who they belong to, where it runs, and
/// the definitions of the other parts (the gateway of a workload uses its domain).
json::Object offers_of(const DocumentRules& rules, const Draft& whole) {
  std::string instance(whole.at("Name").text());
  if (const std::string_view environment = whole.at("Environment").at("Name").text(); !environment.empty()) {
    instance += "-" + std::string(environment);
  }
  json::Object out{{std::string(whole.subject.kind->name), json::Object{{"Name", std::move(instance)}}}};
  if (const json::Value& runtime = whole.at("KubernetesRuntimeInstance"); !runtime.is_null()) {
    out.set("KubernetesRuntimeInstance", runtime);
  }
  for (const Rule& rule : rules.rules()) {
    if (rule.form != Form::part || !whole.is_written(rule.key)) continue;
    out.set(rule.key + "Definition", json::Object{{"Name", whole.written.find(rule.key)->at("Name")}});
  }
  return out;
}

}  // namespace

Result<std::vector<Document>> DocumentBuilder::build(const Subject& subject, const json::Object& members) {
  written_as_ = subject.name;
  return build_one(subject, members);
}

Result<std::vector<Document>> DocumentBuilder::build_one(const Subject& subject, const json::Object& members) {
  const DocumentRules rules(subject, vocabulary_.registry());
  Draft draft{.subject = subject, .written = members};
  TP_CHECK(take_members(rules, draft));
  TP_CHECK(check_one_each(rules, draft));
  for (const Step& step : document_steps()) {
    if (step.document != subject.name) continue;
    if (auto done = step.run(draft, around_); !done) return std::move(done).error().with_context(place(subject.name));
  }
  TP_CHECK(check_required(rules, draft));
  std::vector<Document> out = documents_of(draft);
  for (const Rule& rule : rules.rules()) {
    if (rule.form != Form::part || !draft.is_written(rule.key)) continue;
    TP_TRY(auto part, build_part(rule, rules, draft));
    std::move(part.begin(), part.end(), std::back_inserter(out));
  }
  return out;
}

Result<void> DocumentBuilder::take_members(const DocumentRules& rules, Draft& draft) {
  for (const auto& [key, value] : draft.written) {
    const Rule* rule = rules.find(key);
    if (rule == nullptr) return base::invalid(place(key) + ": " + rules.refuse(key));
    if (value.is_null()) continue;
    if (auto checked = rules.check(*rule, value); !checked) return std::move(checked).error().with_context(place(key));
    if (rule->member.empty()) continue;
    auto member = value_of(*rule, value, draft);
    if (!member) return std::move(member).error().with_context(place(key) + ": " + draft.name_of(key));
    draft.half(rule->half).set(rule->member, std::move(*member));
  }
  return {};
}

Result<json::Value> DocumentBuilder::value_of(const Rule& rule, const json::Value& value, const Draft& draft) {
  switch (rule.form) {
    case Form::reference: return json::Value(json::Object{{"Name", value.at("Name")}});
    case Form::name: return json::Value(json::Object{{"Name", value}});
    case Form::folder: {
      TP_TRY(std::string text, read_folder(resolve_path(around_, value.text())));
      return json::Value(std::move(text));
    }
    case Form::file: {
      TP_TRY(std::string text, read_file_of(rule, value.text(), draft));
      return json::Value(std::move(text));
    }
    default: return value;
  }
}

Result<std::string> DocumentBuilder::read_file_of(const Rule& rule, std::string_view value, const Draft& draft) {
  const std::filesystem::path path = resolve_path(around_, value);
  if (rule.key == "Kubeconfig") {
    const json::Value* context = draft.written.find("Context");
    return inline_kubeconfig(path, context == nullptr ? "" : context->text());
  }
  TP_TRY(std::string text, base::read_file(path));
  text = base::to_utf8(std::move(text));
  if (rule.key == kScoreDocument) return complete_score_file(path, text);
  if (rule.key == kManifests) TP_CHECK(check_manifest_file(path, text));
  return text;
}

Result<void> DocumentBuilder::check_one_each(const DocumentRules& rules, const Draft& draft) const {
  for (const Rule& rule : rules.rules()) {
    if (rule.member.empty() || !draft.is_written(rule.key)) continue;
    for (const Rule& other : rules.rules()) {
      const bool is_same = other.member == rule.member && other.half == rule.half && other.key != rule.key;
      if (!is_same || !draft.is_written(other.key)) continue;
      return base::invalid(place(other.key) + ": " + draft.name_of(rule.key) + " and " + other.key +
                           " exclude each other: they say the same; keep one of them");
    }
  }
  return {};
}

Result<void> DocumentBuilder::check_required(const DocumentRules& rules, const Draft& draft) const {
  const auto is_given = [&](std::string_view member) { return !draft.at(member).is_null(); };
  for (const Rule& rule : rules.rules()) {
    if (rule.member.empty() || is_given(rule.member)) continue;
    const std::string_view other = rule.required_unless;
    if (!rule.is_required && other.empty()) continue;
    if (!other.empty() && (is_given(other) || is_given(other.substr(0, other.size() - 2)))) continue;
    return base::invalid(place(draft.subject.name) + ": " + draft.name_of(rules.ways_to_fill(rule)) + " is missing" +
                         (rule.doc.empty() ? "" : ": " + std::string(rule.doc)));
  }
  return {};
}

Document DocumentBuilder::document_of(const Subject& subject, json::Object members) const {
  std::string name(members.find("Name") == nullptr ? "" : members.find("Name")->text());
  return {subject, std::move(name), std::move(members), place(above_.empty() ? written_as_ : above_), written_as_};
}

std::vector<Document> DocumentBuilder::documents_of(const Draft& draft) const {
  const Subject& subject = draft.subject;
  std::vector<Document> out;
  out.reserve(draft.companions.size() + 2);
  for (const Companion& companion : draft.companions) {
    out.push_back(document_of(*vocabulary_.find_name(companion.kind), companion.members));
  }
  json::Object definition = draft.both, instance = draft.both;
  if (!subject.is_combined() || !traits_of(subject.name).is_split) {
    append(definition, draft.definition);
    append(definition, draft.instance);
    out.push_back(document_of(subject, std::move(definition)));
    return out;
  }
  append(definition, draft.definition);
  append(instance, draft.instance);
  instance.set(subject.definition->name, json::Object{{"Name", draft.both.find("Name")->text()}});
  out.push_back(document_of(*vocabulary_.find_name(subject.definition->name), std::move(definition)));
  out.push_back(document_of(*vocabulary_.find_name(subject.kind->name), std::move(instance)));
  return out;
}

Result<std::vector<Document>> DocumentBuilder::build_part(const Rule& rule, const DocumentRules& rules,
                                                          const Draft& whole) {
  const Subject* subject = vocabulary_.find_name(rule.key);
  if (subject == nullptr) {
    return base::invalid(place(rule.key) + ": this build has no kind " + rule.key + "; nothing was applied");
  }
  json::Object members = whole.written.find(rule.key)->as_object();
  const DocumentRules rules_of_part(*subject, vocabulary_.registry());
  const std::string owner(whole.subject.kind->name);
  for (const json::Member& offer : offers_of(rules, whole)) {
    json::Value* own = members.find(offer.key);
    if (rules_of_part.find(offer.key) == nullptr) continue;
    if (own == nullptr || own->is_null()) {
      members.set(offer.key, offer.value);
    } else if (offer.key == owner && *own != offer.value) {
      return base::invalid(place(rule.key) + ": " + whole.name_of(rule.key) + "." + owner +
                           " must be the workload that it stands in; leave it out, or write a document of its own");
    }
  }
  const std::string outer = std::exchange(above_, rule.key);
  auto part = build_one(*subject, members);
  above_ = outer;
  if (!part) return part;
  for (Document& document : *part) {
    document.is_shared = rule.is_shared && document.subject.kind->name == rule.key + "Definition";
  }
  return part;
}

std::string DocumentBuilder::place(std::string_view key) const {
  return place_of(file_, document_, key, key == above_ ? "" : above_);
}

}  // namespace threeport::cli
