// The tables of src/kinds against the catalogue of the v0 API: each kind and each member, with all that it says of
// them.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "kinds/registry.h"
#include "schema/registry.h"
#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

using schema::FieldDescriptor;
using schema::FieldType;
using schema::KindDescriptor;
using schema::Tie;

/// Differences on purpose: docs/reference/differences.md.
const std::vector<std::string> kAddedKinds{
    "Revision",    "LogBackendStorage", "AccessToken",        "Plan",           "IdempotencyRecord",
    "Environment", "DependencyProfile", "DependencyInstance", "DependencyClaim"};
const std::vector<std::string> kAddedMembers{
    "Generation",     "ObservedGeneration", "Conditions",          "Namespace",  "TargetRevisionID",
    "GoodRevisionID", "RevisionID",         "AppliedHash",         "Kubeconfig", "ScoreDocument",
    "Dependencies",   "EnvironmentID",      "RequestedGeneration", "DiscardData"};
/// Guards that v0 has as hooks, with texts of its own.
const std::vector<std::string> kHookGuards{"KubernetesRuntimeInstance", "ModuleApi"};
/// Members that are unique by a hook of v0, not by an index.
const std::map<std::string, std::vector<std::string>> kHookIdentity{{"ModuleApiRoute", {"Path"}}};

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::filesystem::path catalogue_path() {
  const char* shared = std::getenv("TP_SHARED");
  return std::filesystem::path(shared != nullptr ? shared : TP_ROOT "/../shared") / "reference" / "v0-api.yaml";
}

std::string text(const json::Value& value) { return std::string(value.text()); }
bool is_set(const json::Value& value) { return value == json::Value(true); }

class CatalogueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto path = catalogue_path();
    if (!std::filesystem::exists(path)) {
      std::cout << "not run: ../shared absent\n";
      return;
    }
    auto file = base::read_file(path);
    ASSERT_TRUE(file) << file.error().message;
    auto document = yaml::parse_document(*file);
    ASSERT_TRUE(document) << document.error().message;
    catalogue_ = std::move(*document);
    ASSERT_GT(kinds().size(), 0u);
  }

  [[nodiscard]] json::Array kinds() const {
    const json::Array* list = catalogue_.at("kinds").if_array();
    return list == nullptr ? json::Array{} : *list;
  }

  /// The members of a kind, those of its groups included; one that both have counts once.
  [[nodiscard]] json::Array members(const json::Value& kind) const {
    const json::Array& own = kind.at("fields").as_array();
    json::Array out;
    for (const json::Value& group : kind.at("embeds").as_array()) {
      for (const json::Value& member : catalogue_.at("common", group.text(), "fields").as_array()) {
        const bool again =
            std::any_of(own.begin(), own.end(), [&](auto& other) { return other.at("json") == member.at("json"); });
        if (!again) out.push_back(member);
      }
    }
    out.insert(out.end(), own.begin(), own.end());
    return out;
  }

  json::Value catalogue_;
  schema::Registry registry_{threeport::kinds::all()};
};

bool has_type(const FieldDescriptor& field, std::string_view type, bool persisted) {
  if (type.starts_with("array<") || field.type == FieldType::relation) return field.type == FieldType::relation;
  if (type == "uint") {
    const bool is_never_negative = field.minimum >= 0 || field.has(schema::server_managed);
    return field.type == FieldType::unsigned_integer || (field.type == FieldType::integer && is_never_negative);
  }
  if (type == "int") return field.type == FieldType::integer;
  if (type == "bool") return field.type == FieldType::boolean;
  if (type == "string") return field.type == FieldType::string;
  if (type == "json-array") return field.type == FieldType::json_array;
  if (type == "json") return field.type == (persisted ? FieldType::json : FieldType::string_map);
  return type.starts_with("timestamp") && field.type == FieldType::timestamp;
}

/// Of those that know v0 alone.
bool is_required(const FieldDescriptor& field) { return field.has(schema::required) || !field.required_unless.empty(); }

std::string on_create(const FieldDescriptor& field) {
  if (field.has(schema::server_managed)) return "none";
  if (is_required(field)) return "required";
  return field.has(schema::association) ? "association" : "optional";
}

/// What a member is checked for besides its relation: sentences of what differs.
std::vector<std::string> differences(const FieldDescriptor& field, const json::Value& member) {
  std::vector<std::string> out;
  const auto expect = [&](bool equal, std::string_view what) {
    if (!equal) out.emplace_back(what);
  };
  const bool persisted = member.at("persisted") != json::Value(false);
  const json::Value& reference = member.at("references");
  const json::Value& fallback = member.at("default");
  expect(has_type(field, member.at("type").text(), persisted), "type");
  expect(field.go_name == member.at("go_name").text(), "go_name");
  expect(on_create(field) == member.at("on_create").text(), "on_create");
  expect(field.query == member.at("query").text(), "query");
  // What another member can stand for is there all the same, and empty.
  const bool has_substitute = !field.required_unless.empty();
  expect(has_substitute || field.default_json.has_value() != fallback.is_null(), "has a default");
  if (field.default_json && !has_substitute)
    expect(json::parse(*field.default_json).value_or(nullptr) == fallback, "default");
  expect(field.has(schema::secret) == (is_set(member.at("encrypted")) || !persisted), "encrypted");
  expect(field.has(schema::write_only) == !persisted, "persisted");
  expect(has_substitute || field.has(schema::empty_is_absent) == is_set(member.at("non_pointer")), "non_pointer");
  if (field.type != FieldType::relation) {
    expect(field.references == reference.at("kind").text(), "references");
    expect(field.has(schema::enforced) == is_set(reference.at("enforced")), "enforced");
  }
  return out;
}

std::string tie_word(Tie tie) {
  switch (tie) {
    case Tie::has_many: return "has_many";
    case Tie::belongs_to: return "belongs_to";
    case Tie::many_to_many: return "many_to_many";
  }
  return "";
}

std::vector<std::string> relation_differences(const KindDescriptor& kind, const FieldDescriptor& field,
                                              const json::Value& relation, const schema::Registry& registry) {
  std::vector<std::string> out;
  if (field.references != relation.at("target").text()) out.emplace_back("target");
  if (tie_word(field.tie) != relation.at("kind").text()) out.emplace_back("kind of relation");
  const KindDescriptor* holder = field.tie == Tie::belongs_to     ? &kind
                                 : field.tie == Tie::many_to_many ? registry.find(field.through)
                                                                  : registry.find(field.references);
  const FieldDescriptor* key = holder == nullptr ? nullptr : holder->find(field.relation_member);
  if (key == nullptr) return {"there is no " + std::string(field.relation_member)};
  const std::string wanted = text(field.tie == Tie::belongs_to ? relation.at("local_fk") : relation.at("target_fk"));
  const bool is_it = key->name == wanted || key->go_name == wanted || field.tie == Tie::many_to_many;
  if (!is_it) out.emplace_back("foreign key");
  if (field.tie != Tie::belongs_to && key->references != kind.name) out.emplace_back("foreign key refers elsewhere");
  return out;
}

TEST_F(CatalogueTest, HasExactlyOurKinds) {
  for (const json::Value& kind : kinds()) {
    const KindDescriptor* ours = registry_.find(kind.at("kind").text());
    ASSERT_NE(ours, nullptr) << text(kind.at("kind"));
    EXPECT_EQ(ours->routed, is_set(kind.at("routed"))) << ours->name;
    EXPECT_EQ(ours->reconciled, is_set(kind.at("reconciled"))) << ours->name;
    if (!ours->routed) continue;
    EXPECT_EQ("/v0/" + std::string(ours->path), kind.at("path").text());
    EXPECT_EQ("/" + std::string(ours->path) + "/versions", kind.at("versions_path").text());
    EXPECT_EQ(ours->unique_name, is_set(kind.at("unique_name_check_on_post"))) << ours->name;
    EXPECT_EQ(ours->reconciled ? "scheduled" : "immediate", kind.at("delete").text()) << ours->name;
    const bool preloads = std::any_of(ours->fields.begin(), ours->fields.end(),
                                      [](const FieldDescriptor& field) { return field.has(schema::preloaded); });
    EXPECT_EQ(preloads, is_set(kind.at("get_preloads_associations"))) << ours->name;
  }
  for (const KindDescriptor& ours : registry_.kinds()) {
    if (catalogue_.is_null() || contains(kAddedKinds, ours.name)) continue;
    const auto all = kinds();
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](auto& kind) { return kind.at("kind").text() == ours.name; }))
        << ours.name << " is not in the catalogue";
  }
}

TEST_F(CatalogueTest, HasExactlyOurMembers) {
  for (const json::Value& kind : kinds()) {
    const KindDescriptor* ours = registry_.find(kind.at("kind").text());
    ASSERT_NE(ours, nullptr) << text(kind.at("kind"));
    std::vector<std::string> names, required, our_required;
    for (const json::Value& member : members(kind)) {
      names.push_back(text(member.at("json")));
      if (member.at("on_create").text() == "required") required.push_back(names.back());
      const std::string where = std::string(ours->name) + "." + names.back();
      const FieldDescriptor* field = ours->find(names.back());
      ASSERT_NE(field, nullptr) << where;
      for (const std::string& what : differences(*field, member)) ADD_FAILURE() << where << ": " << what;
      EXPECT_EQ(field->type == FieldType::relation, !member.at("relation").is_null()) << where;
      if (field->type != FieldType::relation) continue;
      for (const std::string& what : relation_differences(*ours, *field, member.at("relation"), registry_))
        ADD_FAILURE() << where << ": " << what;
    }
    for (const FieldDescriptor& field : ours->fields) {
      if (is_required(field)) our_required.emplace_back(field.name);
      EXPECT_TRUE(contains(names, field.name) || contains(kAddedMembers, field.name)) << ours->name << field.name;
    }
    EXPECT_EQ(our_required, required) << ours->name << ": order in which missing members are named";
  }
}

TEST_F(CatalogueTest, HasOurGuardsOfDeletion) {
  for (const json::Value& kind : kinds()) {
    const std::string name = text(kind.at("kind"));
    std::vector<std::string> guards, wanted;
    for (const schema::Referrer& referrer : registry_.guards_of(name)) {
      if (!referrer.kind->added) guards.emplace_back(referrer.field->guard);
    }
    if (!kind.at("delete_guard").is_null()) wanted.push_back(text(kind.at("delete_guard")));
    if (contains(kHookGuards, name)) {
      EXPECT_EQ(guards.size(), 1u) << name;
    } else {
      EXPECT_EQ(guards, wanted) << name;
    }
  }
}

TEST_F(CatalogueTest, HasOurUniqueMembers) {
  for (const json::Value& kind : kinds()) {
    const KindDescriptor* ours = registry_.find(kind.at("kind").text());
    ASSERT_NE(ours, nullptr) << text(kind.at("kind"));
    std::vector<std::string> unique;
    for (const json::Value& member : members(kind)) {
      if (!member.at("unique_index").is_null()) unique.push_back(text(member.at("json")));
    }
    if (const auto hook = kHookIdentity.find(std::string(ours->name)); hook != kHookIdentity.end())
      unique = hook->second;
    EXPECT_EQ(std::vector<std::string>(ours->identity.begin(), ours->identity.end()), unique) << ours->name;
  }
}

TEST_F(CatalogueTest, IsServedByTheRoutesOfTheOpenApiDocument) {
  ControlPlane plane;
  const json::Value document = plane.call("GET", "/openapi.json").body;
  for (const json::Value& kind : kinds()) {
    if (!is_set(kind.at("routed"))) continue;
    const json::Value& collection = document.at("paths", kind.at("path").text());
    const std::string item_path = text(kind.at("path")) + "/{id}";
    const json::Value& item = document.at("paths", std::string_view(item_path));
    for (const json::Value& operation : kind.at("ops").as_array()) {
      const std::string name = text(operation);
      if (name == "VERSIONS") continue;
      const bool on_collection = name == "POST" || name == "GET";
      const std::string method = base::lower(name == "GET_ONE" ? "GET" : name);
      EXPECT_NE((on_collection ? collection : item).find(method), nullptr) << text(kind.at("path")) << " " << name;
    }
  }
}

}  // namespace
}  // namespace threeport::testing
