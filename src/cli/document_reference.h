// What configuration documents may say, for people.
#pragma once

#include <string>

#include "cli/document_rules.h"
#include "cli/table.h"

namespace threeport::cli {

/// KEY, VALUE, MEANING of one document; required keys are marked.
Table document_keys(const Subject& subject, const schema::Registry& registry);
/// The page docs/reference/documents.md: every document with its keys.
std::string document_page(const Vocabulary& vocabulary);
/// Whether the subject can be written as a document.
bool is_document(const Subject& subject);

}  // namespace threeport::cli
