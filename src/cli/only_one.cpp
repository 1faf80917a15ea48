#include "cli/only_one.h"

#include <algorithm>
#include <array>

namespace threeport::cli {

namespace {

using base::Result;

struct Mark {
  std::string_view kind, member;
};
constexpr std::array kMarks{Mark{"AwsAccount", "DefaultAccount"}};

bool has(const json::Value& object, const Mark& mark) { return object.at(mark.member) == json::Value(true); }

base::Error taken(const Document& document, const Mark& mark, std::string_view other) {
  return base::conflict(document.where + ": " + document.subject.name + "." + std::string(mark.member) + ": " +
                        std::string(other) +
                        " has it already, and only one may: set it to false there, or leave it out here");
}

Result<void> check(client::Api& api, const std::vector<Document>& documents, const Document& document,
                   const Mark& mark) {
  const auto is_same_kind = [&](const Document& other) { return other.subject.name == mark.kind; };
  for (const Document& other : documents) {
    if (is_same_kind(other) && other.name != document.name && has(other.members, mark)) {
      return taken(document, mark, other.name);
    }
  }
  const KindDescriptor& kind = *document.subject.kind;
  TP_TRY(const auto holders, api.list(kind, {{std::string(kind.find(mark.member)->query), "true"}}));
  for (const client::Object& holder : holders) {
    const bool is_declared = std::any_of(documents.begin(), documents.end(), [&](const Document& other) {
      return is_same_kind(other) && other.name == holder.name();
    });
    if (!is_declared) return taken(document, mark, holder.name());
  }
  return {};
}

}  // namespace

Result<void> check_only_one(client::Api& api, const std::vector<Document>& documents) {
  for (const Document& document : documents) {
    for (const Mark& mark : kMarks) {
      if (document.subject.name == mark.kind && has(document.members, mark)) {
        TP_CHECK(check(api, documents, document, mark));
      }
    }
  }
  return {};
}

}  // namespace threeport::cli
