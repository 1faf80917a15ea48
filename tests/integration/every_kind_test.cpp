// What holds for every kind of this build, with objects that are made from the tables.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "apiserver/admission.h"
#include "store/views.h"
#include "tests/support/world.h"

namespace threeport::testing {
namespace {

using schema::FieldDescriptor;
using schema::FieldType;
using schema::KindDescriptor;

/// A world without controllers, and one object of each kind in it.
class EveryKindTest : public ::testing::Test {
 protected:
  EveryKindTest() {
    for (const KindDescriptor& kind : registry_.kinds()) make(kind);
  }

  void make(const KindDescriptor& kind) {
    if (made_.contains(kind.name)) return;
    made_[kind.name] = 0;  // ends a circle of references
    json::Object body;
    for (const FieldDescriptor& field : kind.fields) {
      const bool is_declared = field.is_spec() && field.is_stored() && !field.has(schema::association);
      if (is_declared) body.append(std::string(field.name), value_of(field));
    }
    made_[kind.name] = world_
                           .write({.op = apiserver::Write::Op::create,
                                   .kind = std::string(kind.name),
                                   .id = 0,
                                   .body = std::move(body),
                                   .version = {},
                                   .observed = {},
                                   .by_controller = kind.controller_made})
                           .id;
    order_.push_back(&kind);
  }

  json::Value value_of(const FieldDescriptor& field) {
    if (field.has(schema::enforced)) {
      make(*registry_.find(field.references));
      const auto id = made_.at(field.references);
      return id == 0 ? json::Value() : json::Value(id);
    }
    switch (field.type) {
      case FieldType::boolean: return true;
      case FieldType::integer:
      case FieldType::unsigned_integer: return 3;
      case FieldType::string: return field.one_of.empty() ? json::Value("text") : json::Value(field.one_of[0]);
      case FieldType::timestamp: return "2030-01-02T03:04:05Z";
      case FieldType::json_array: return json::Array{"element"};
      case FieldType::json:
      case FieldType::string_map: return json::Object{{"key", "text"}};
      case FieldType::relation: return {};
    }
    return {};
  }

  schema::Registry registry_{kinds::all()};
  World world_;
  std::map<std::string_view, schema::ObjectId> made_;
  std::vector<const KindDescriptor*> order_;  ///< what refers to others comes after them
};

TEST_F(EveryKindTest, IsFoundByEachOfItsFilters) {
  for (const KindDescriptor& kind : registry_.kinds()) {
    const auto stored = must(world_.objects().get(kind.name, made_.at(kind.name))).data;
    for (const FieldDescriptor& field : kind.fields) {
      const bool is_filter = !field.query.empty() && field.type != FieldType::relation && !field.has(schema::secret);
      if (!is_filter || stored.find(field.name) == nullptr) continue;
      const auto value = must(apiserver::parse_filter(field, apiserver::index_text(stored.at(field.name))));
      const auto found = must(world_.objects().list(kind.name, field.name, value));
      EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](auto& o) { return o.id == made_.at(kind.name); }))
          << kind.name << "?" << field.query;
    }
  }
}

TEST_F(EveryKindTest, HasNoSecretInClear) {
  for (const KindDescriptor& kind : registry_.kinds()) {
    const auto object = must(world_.objects().get(kind.name, made_.at(kind.name)));
    for (const FieldDescriptor& field : kind.fields) {
      if (!field.has(schema::secret)) continue;
      EXPECT_EQ(json::dump(world_.objects().wire(object).at(field.name)).find("\"text\""), std::string::npos)
          << kind.name << "." << field.name;
      EXPECT_EQ(json::dump(object.data.at(field.name)).find("\"text\""), std::string::npos)
          << kind.name << "." << field.name;
    }
  }
}

TEST_F(EveryKindTest, WithoutAControllerSaysSoAndIsDeletedAtOnce) {
  world_.run_until_idle();
  for (const KindDescriptor& kind : registry_.kinds()) {
    if (!kind.reconciled) continue;
    EXPECT_EQ(world_.ready(made_.at(kind.name)).reason, "NoController") << kind.name;
  }
  for (auto kind = order_.rbegin(); kind != order_.rend(); ++kind) {
    const schema::ObjectId id = made_.at((*kind)->name);
    if (!must(world_.objects().find((*kind)->name, id))) continue;  // went with what it was part of
    world_.write({.op = apiserver::Write::Op::remove,
                  .kind = std::string((*kind)->name),
                  .id = id,
                  .body = {},
                  .version = {},
                  .observed = {}});
    world_.run_until_idle();
    EXPECT_FALSE(must(world_.objects().find((*kind)->name, id))) << (*kind)->name;
  }
}

TEST_F(EveryKindTest, HasAViewWhoseColumnsAreTold) {
  must(world_.store().ensure_views(registry_));
  constexpr std::size_t kLongestName = 63;  // of PostgreSQL
  std::set<std::string> views;
  for (const KindDescriptor& kind : registry_.kinds()) {
    EXPECT_TRUE(views.insert(store::view_name(kind)).second) << kind.name;
    EXPECT_LE(store::view_name(kind).size(), kLongestName);
    std::set<std::string> columns{"id", "version", "generation", "observed_generation"};
    if (kind.reconciled) columns.insert("reconciled");
    for (const FieldDescriptor& field : kind.fields) {
      if (!field.is_stored()) continue;
      EXPECT_TRUE(columns.insert(store::column_name(field.name)).second) << kind.name << "." << field.name;
      EXPECT_LE(store::column_name(field.name).size(), kLongestName);
    }
  }
}

}  // namespace
}  // namespace threeport::testing
