// One configuration document → the documents of the API that say the same.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/document_draft.h"
#include "cli/document_rules.h"
#include "cli/documents.h"
#include "cli/source_files.h"

namespace threeport::cli {

/// Checks one document, inlines the files that it names, and takes it apart where the API has several objects for it.
class DocumentBuilder {
 public:
  /// The references must outlive the builder.
  DocumentBuilder(const Vocabulary& vocabulary, const Environment& environment, const SourceFile& file,
                  const SourceDocument& document)
      : vocabulary_(vocabulary), around_{environment, file.folder}, file_(file), document_(document) {}

  /// In the order in which the objects need each other. Errors: `invalid` with place, member, rule and fix; those of
  /// files that members name.
  base::Result<std::vector<Document>> build(const Subject& subject, const json::Object& members);

 private:
  base::Result<std::vector<Document>> build_one(const Subject& subject, const json::Object& members);
  base::Result<void> take_members(const DocumentRules& rules, Draft& draft);
  base::Result<json::Value> value_of(const Rule& rule, const json::Value& value, const Draft& draft);
  base::Result<std::string> read_file_of(const Rule& rule, std::string_view value, const Draft& draft);
  [[nodiscard]] base::Result<void> check_one_each(const DocumentRules& rules, const Draft& draft) const;
  [[nodiscard]] base::Result<void> check_required(const DocumentRules& rules, const Draft& draft) const;
  [[nodiscard]] std::vector<Document> documents_of(const Draft& draft) const;
  [[nodiscard]] Document document_of(const Subject& subject, json::Object members) const;
  base::Result<std::vector<Document>> build_part(const Rule& rule, const DocumentRules& rules, const Draft& whole);
  [[nodiscard]] std::string place(std::string_view key) const;

  const Vocabulary& vocabulary_;
  const Surroundings around_;
  const SourceFile& file_;
  const SourceDocument& document_;
  std::string above_;       ///< key of the part that is being built; "" for the document itself
  std::string written_as_;  ///< key of the document
};

}  // namespace threeport::cli
