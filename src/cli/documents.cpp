#include "cli/documents.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/file.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "cli/document_rules.h"
#include "cli/kubeconfig_file.h"
#include "cli/source_files.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using base::Result;

/// The member of a workload that holds its manifests.
constexpr std::string_view kManifests = "YAMLDocument";

bool is_manifest(const json::Value& value) {
  return value.find("apiVersion") != nullptr && value.find("kind") != nullptr;
}

/// kubectl's rules for one object: apiVersion, kind and metadata.name are texts; lists are checked element by element,
/// and those of one kind, such as ConfigMapList, say for their elements what these are.
Result<void> check_manifest(const json::Value& manifest) {
  const auto is_text = [](const json::Value& value) { return value.is_string() && !value.text().empty(); };
  if (!manifest.is_object() || !is_text(manifest.at("apiVersion")) || !is_text(manifest.at("kind"))) {
    return base::invalid("a Kubernetes manifest needs apiVersion and kind, both texts");
  }
  const std::string kind(manifest.at("kind").text());
  if (const json::Array* items = manifest.at("items").if_array(); items != nullptr && kind.ends_with("List")) {
    for (json::Value item : *items) {
      if (item.is_object() && kind != "List") {
        if (item.find("apiVersion") == nullptr) item["apiVersion"] = manifest.at("apiVersion");
        if (item.find("kind") == nullptr) item["kind"] = kind.substr(0, kind.size() - std::string_view("List").size());
      }
      TP_CHECK(check_manifest(item));
    }
    return {};
  }
  const json::Value& name = manifest.at("metadata", "name");
  if (name.is_bool() || name.is_number()) {
    return base::invalid(kind + ": metadata.name must be a text, not a " + std::string(name.type_name()) +
                         "; write it in quotes");
  }
  if (!is_text(name)) return base::invalid(kind + ": metadata.name must be a text that is not empty");
  return {};
}

/// Reads, checks and collects; one use.
class Reader {
 public:
  Reader(const DocumentOptions& options, const Vocabulary& vocabulary, const Environment& environment)
      : options_(options), vocabulary_(vocabulary), environment_(environment) {}

  Result<std::vector<Document>> read() {
    for (const std::string& argument : options_.files) {
      TP_TRY(const auto files, read_sources(argument, environment_));
      for (const SourceFile& file : files) {
        for (const SourceDocument& document : file.documents) TP_CHECK(take(argument, file, document));
      }
    }
    if (manifests_) TP_CHECK(finish_manifests());
    if (documents_.empty()) return base::invalid(options_.files.front() + ": there is no document in it");
    TP_CHECK(check_unique());
    return std::move(documents_);
  }

 private:
  Result<void> take(const std::string& argument, const SourceFile& file, const SourceDocument& document) {
    const std::string_view api_version = document.value.at("apiVersion").text();
    if (api_version.starts_with("score.dev/")) {
      return base::invalid(place_of(file, document, "apiVersion") +
                           ": this build does not take Score files yet; nothing was applied");
    }
    if (is_manifest(document.value)) return take_manifest(argument, file, document);
    return take_config(file, document);
  }

  Result<void> take_manifest(const std::string& argument, const SourceFile& file, const SourceDocument& document) {
    const auto checked = check_manifest(document.value);
    if (!checked) return base::Error(checked.error()).with_context(place_of(file, document, ""));
    if (!manifests_) {
      const Subject* workload = vocabulary_.find_name(kWorkload);
      if (workload == nullptr) {
        return base::invalid(place_of(file, document, "kind") +
                             ": this build has no kind Workload, which manifests make; nothing was applied");
      }
      manifests_ = documents_.size();
      documents_.push_back({*workload, options_.name, json::Object{}, place_of(file, document, "")});
    }
    if (!manifest_text_.empty() && !manifest_text_.ends_with('\n')) manifest_text_ += '\n';
    if (!manifest_text_.empty() && !document.text.starts_with("---")) manifest_text_ += "---\n";
    manifest_text_ += document.text;
    if (std::find(manifest_arguments_.begin(), manifest_arguments_.end(), argument) == manifest_arguments_.end()) {
      manifest_arguments_.push_back(argument);
    }
    return {};
  }

  Result<void> finish_manifests() {
    Document& workload = documents_[*manifests_];
    if (workload.name.empty()) {
      if (manifest_arguments_.size() > 1) {
        return base::invalid("the manifests of " + std::to_string(manifest_arguments_.size()) +
                             " files make one workload: name it with --name");
      }
      if (manifest_arguments_.front() == "-") {
        return base::invalid("manifests from stdin make a workload: name it with --name");
      }
      const auto path = std::filesystem::weakly_canonical(environment_.working_directory / manifest_arguments_.front());
      workload.name = std::filesystem::is_directory(path) ? path.filename().string() : path.stem().string();
    }
    workload.members = json::Object{{"Name", workload.name}, {std::string(kManifests), manifest_text_}};
    return {};
  }

  Result<void> take_config(const SourceFile& file, const SourceDocument& document) {
    const json::Object* object = document.value.if_object();
    if (object == nullptr || object->empty()) {
      return base::invalid(place_of(file, document, "") +
                           ": a document must be a mapping with one key, its kind, not " +
                           std::string(document.value.type_name()));
    }
    TP_TRY(const Subject subject, subject_of(file, document, *object));
    const json::Value& members = object->begin()->value;
    if (!members.is_object()) {
      return base::invalid(place_of(file, document, subject.name) + ": " + subject.name +
                           " must hold its members, such as Name");
    }
    Document out{subject, {}, json::Object{}, place_of(file, document, subject.name)};
    TP_CHECK(check_members(file, document, members.as_object(), out));
    out.name = out.members.at("Name").text();
    documents_.push_back(std::move(out));
    return {};
  }

  Result<Subject> subject_of(const SourceFile& file, const SourceDocument& document, const json::Object& object) {
    const std::string& key = object.begin()->key;
    const std::string place = place_of(file, document, key);
    std::vector<std::string> names;
    names.reserve(vocabulary_.subjects().size());
    for (const Subject& subject : vocabulary_.subjects()) names.push_back(subject.name);
    const Subject* subject = vocabulary_.find_name(key);
    if (subject == nullptr && is_catalogue_name(key)) {
      return base::invalid(place + ": this build has no kind " + key + "; nothing was applied");
    }
    if (object.size() > 1) {
      return base::invalid(
          place_of(file, document, std::next(object.begin())->key) +
          ": a document has one top-level key, its kind, or is a Kubernetes manifest with apiVersion " +
          "and kind; separate documents with ---");
    }
    if (subject == nullptr)
      return base::invalid(place + ": there is no kind \"" + key + "\"" + did_you_mean(key, names));
    if (subject->kind->controller_made) {
      return base::invalid(place + ": objects of kind " + key +
                           " are made by the control plane; they cannot be applied");
    }
    if (subject->kind->find("Name") == nullptr) {
      return base::invalid(place + ": objects of kind " + key +
                           " have no Name to find them by; they cannot be applied");
    }
    return *subject;
  }

  Result<void> check_members(const SourceFile& file, const SourceDocument& document, const json::Object& members,
                             Document& out) {
    const DocumentRules rules(out.subject, vocabulary_.registry());
    for (const auto& [key, value] : members) {
      const std::string place = place_of(file, document, key);
      const Rule* rule = rules.find(key);
      if (rule == nullptr) return base::invalid(place + ": " + rules.refuse(key));
      if (value.is_null()) continue;
      if (const auto checked = rules.check(*rule, value); !checked) {
        return base::Error(checked.error()).with_context(place);
      }
      if (rule->form == Form::context) continue;
      if (rule->form == Form::file) {
        auto content = read_member_file(file, *rule, value.text(), members);
        if (!content) return std::move(content).error().with_context(place + ": " + out.subject.name + "." + key);
        out.members[key] = std::move(*content);
      } else {
        out.members[key] = value;
      }
    }
    return check_required(rules, members, out);
  }

  static Result<void> check_required(const DocumentRules& rules, const json::Object& members, const Document& out) {
    const auto is_given = [&](std::string_view key) {
      const json::Value* value = members.find(key);
      return value != nullptr && !value->is_null();
    };
    for (const Rule& rule : rules.rules()) {
      if (is_given(rule.key)) continue;
      const std::string_view other = rule.field == nullptr ? "" : rule.field->required_unless;
      if (!rule.is_required && other.empty()) continue;
      if (!other.empty() && (is_given(other) || is_given(other.substr(0, other.size() - 2)))) continue;
      return base::invalid(out.where + ": " + out.subject.name + "." + rule.key + " is missing" +
                           (rule.field->doc.empty() ? "" : ": " + std::string(rule.field->doc)));
    }
    return {};
  }

  /// The contents of the file that a member names, relative to the document's file. `~/` is the user's home.
  Result<std::string> read_member_file(const SourceFile& file, const Rule& rule, std::string_view value,
                                       const json::Object& members) {
    const std::filesystem::path path =
        value.starts_with("~/") ? environment_.home / std::string(value.substr(2)) : file.folder / std::string(value);
    if (is_kubeconfig(rule)) {
      const json::Value* context = members.find("Context");
      return inline_kubeconfig(path, context == nullptr ? "" : context->text());
    }
    TP_TRY(std::string text, base::read_file(path));
    text = base::to_utf8(std::move(text));
    if (rule.key == kManifests) TP_CHECK(check_manifest_file(path, text));
    return text;
  }

  static bool is_kubeconfig(const Rule& rule) { return rule.key == "Kubeconfig"; }

  static Result<void> check_manifest_file(const std::filesystem::path& path, std::string_view text) {
    auto manifests = base::yaml::parse_documents_with_lines(text);
    if (!manifests) return std::move(manifests).error().with_context(path.string());
    if (manifests->empty()) return base::invalid(path.string() + ": there is no Kubernetes manifest in it");
    for (const auto& manifest : *manifests) {
      auto checked = check_manifest(manifest.value);
      if (!checked) {
        return std::move(checked).error().with_context(path.string() + ": line " + std::to_string(manifest.line));
      }
    }
    return {};
  }

  Result<void> check_unique() const {
    std::map<std::pair<std::string, std::string>, const Document*> seen;
    for (const Document& document : documents_) {
      std::vector<std::string> kinds{std::string(document.subject.kind->name)};
      if (document.subject.is_combined()) kinds.emplace_back(document.subject.definition->name);
      for (const std::string& kind : kinds) {
        const auto [it, is_new] = seen.emplace(std::pair(kind, document.name), &document);
        if (!is_new) {
          return base::invalid(document.where + ": " + kind + " " + document.name + " is declared twice, first at " +
                               it->second->where + "; keep one of them");
        }
      }
    }
    return {};
  }

  const DocumentOptions& options_;
  const Vocabulary& vocabulary_;
  const Environment& environment_;
  std::vector<Document> documents_;
  std::optional<std::size_t> manifests_;  ///< index of the Workload that they make
  std::string manifest_text_;
  std::vector<std::string> manifest_arguments_;
};

}  // namespace

Result<std::vector<Document>> read_documents(const DocumentOptions& options, const Vocabulary& vocabulary,
                                             const Environment& environment) {
  return Reader(options, vocabulary, environment).read();
}

json::Value apply_body(const std::vector<Document>& documents) {
  json::Array list;
  for (const Document& document : documents) {
    json::Object entry;
    entry.append(document.subject.name, document.members);
    list.emplace_back(std::move(entry));
  }
  return json::Object{{"Documents", std::move(list)}};
}

}  // namespace threeport::cli
