#include "dependencies/declaration.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "score/document.h"
#include "score/placeholder.h"

namespace threeport::dependencies {
namespace {

constexpr std::array<std::string_view, 4> kKeys{"Type", "Class", "ID", "Params"};

base::Result<Declaration> parse_one(const std::string& alias, const json::Value& value, const std::string& where) {
  if (alias.empty() || alias.find_first_of(".${} ") != std::string::npos)
    return base::invalid(where + ": an alias is a word without dots and spaces");
  if (!value.is_object()) return base::invalid(where + " must be an object, such as {Type: postgres}");
  for (const json::Member& member : value.as_object()) {
    if (std::find(kKeys.begin(), kKeys.end(), member.key) == kKeys.end())
      return base::invalid(where + "." + member.key + " is unknown; known are " + base::join(kKeys, ", "));
    if (member.key != "Params" && !member.value.is_string())
      return base::invalid(where + "." + member.key + " must be a string");
  }
  Declaration out{.alias = alias, .type = std::string(value.at("Type").text()), .id = {}, .params = {}};
  if (out.type.empty()) return base::invalid(where + ".Type is missing");
  if (value.find("Class") != nullptr) out.class_name = value.at("Class").text();
  if (value.find("ID") != nullptr) out.id = value.at("ID").text();
  if (out.id && out.id->empty()) return base::invalid(where + ".ID must not be empty");
  out.params = value.at("Params");
  if (!out.params.is_null() && !out.params.is_object()) return base::invalid(where + ".Params must be an object");
  return out;
}

}  // namespace

base::Result<std::vector<Declaration>> parse_declarations(const json::Value& members, std::string_view where) {
  std::vector<Declaration> out;
  if (members.is_null()) return out;
  if (!members.is_object()) {
    return base::invalid(std::string(where) + " must be an object by alias, such as {db: {Type: postgres}}");
  }
  for (const json::Member& member : members.as_object()) {
    TP_TRY(Declaration declaration, parse_one(member.key, member.value, std::string(where) + "." + member.key));
    out.push_back(std::move(declaration));
  }
  return out;
}

base::Result<std::vector<Declaration>> declarations_of(std::string_view score_document,
                                                       const json::Value& dependencies) {
  if (score_document.empty()) return parse_declarations(dependencies, "Dependencies");
  TP_TRY(const score::Workload workload, score::parse(score_document));
  std::vector<Declaration> out;
  out.reserve(workload.resources.size());
  for (const score::Resource& resource : workload.resources) {
    out.push_back({.alias = resource.alias,
                   .type = resource.type,
                   .class_name = resource.resource_class,
                   .id = resource.id,
                   .params = resource.params});
  }
  return out;
}

std::vector<std::string> aliases_used(const Declaration& declaration) {
  std::set<std::string> out;
  for (const score::Reference& reference : score::references_in(declaration.params)) {
    if (reference.path.size() > 1 && reference.path[0] == "resources") out.insert(reference.path[1]);
  }
  return {out.begin(), out.end()};
}

}  // namespace threeport::dependencies
