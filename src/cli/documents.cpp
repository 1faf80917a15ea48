#include "cli/documents.h"

#include <algorithm>
#include <map>
#include <optional>

#include "cli/document_builder.h"
#include "cli/document_rules.h"
#include "cli/manifest_check.h"
#include "cli/score_file.h"
#include "cli/source_files.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using base::Result;

bool is_manifest(const json::Value& value) {
  return value.find("apiVersion") != nullptr && value.find("kind") != nullptr;
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
    TP_CHECK(finish_scores());
    if (documents_.empty()) return base::invalid(options_.files.front() + ": there is no document in it");
    TP_CHECK(check_unique());
    return std::move(documents_);
  }

 private:
  Result<void> take(const std::string& argument, const SourceFile& file, const SourceDocument& document) {
    const std::string_view api_version = document.value.at("apiVersion").text();
    if (api_version.starts_with("score.dev/")) return take_score(file, document);
    if (is_manifest(document.value)) return take_manifest(argument, file, document);
    return take_config(file, document);
  }

  Result<void> take_score(const SourceFile& file, const SourceDocument& document) {
    const std::string place = place_of(file, document, "");
    auto score = ScoreFile::read(document.value, document.text, file.folder);
    if (!score) return std::move(score).error().with_context(place);
    const Subject* workload = vocabulary_.find_name(kWorkload);
    if (workload == nullptr) return base::invalid(place + ": this build has no kind Workload; nothing was applied");
    documents_.push_back({*workload, score->workload(), {}, place, std::string(kScore)});
    scores_.push_back(*std::move(score));
    return {};
  }

  Result<void> finish_scores() {
    TP_CHECK(set_images(options_.images, scores_));
    auto score = scores_.begin();
    for (Document& document : documents_) {
      if (document.is_score()) document.members = (score++)->text();
    }
    return {};
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
      documents_.push_back({*workload, options_.name, json::Object{}, place_of(file, document, ""), workload->name});
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
    TP_TRY(auto built, DocumentBuilder(vocabulary_, environment_, file, document).build(subject, members.as_object()));
    std::move(built.begin(), built.end(), std::back_inserter(documents_));
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
  std::vector<ScoreFile> scores_;  ///< in the order of their documents
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
    entry.append(document.is_score() ? std::string(kScore) : document.subject.name, document.members);
    list.emplace_back(std::move(entry));
  }
  return json::Object{{"Documents", std::move(list)}};
}

}  // namespace threeport::cli
