#include <gtest/gtest.h>

#include "schema/groups.h"
#include "schema/registry.h"

namespace threeport::schema {
namespace {

struct BoxDefinition {
  static constexpr KindInfo kind{.name = "BoxDefinition", .path = "box-definitions", .alias = "", .doc = "A box."};
  ObjectMeta meta;

  static constexpr auto fields() { return ObjectMeta::fields<&BoxDefinition::meta>(); }
};

struct BoxInstance {
  static constexpr KindInfo kind{.name = "BoxInstance", .path = "box-instances", .alias = "", .doc = "One of them."};
  ObjectMeta meta;
  Ref<BoxDefinition> definition;
  std::optional<std::int64_t> lid;
  std::map<std::string, std::string> labels;
  json::Array items;

  static constexpr auto fields() {
    using Self = BoxInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::definition>("BoxDefinitionID", "What it is.", filter | restricts).query("bagdefinitionid"),
            field<&Self::lid>("LidID", "Its lid.").refers_to("Lid"), field<&Self::labels>("Labels", "Any texts."),
            field<&Self::items>("Items", "What is in it.")});
  }
};

TEST(Fields, AFilterAnswersToItsOwnNameAndToThatOfItsMember) {
  const KindDescriptor kind = describe<BoxInstance>();
  const FieldDescriptor* field = kind.find("BoxDefinitionID");
  EXPECT_EQ(kind.find_query("BagDefinitionId"), field);
  EXPECT_EQ(kind.find_query("boxdefinitionid"), field);
  EXPECT_EQ(kind.find_query("lidid"), nullptr) << "no filter";
}

TEST(Fields, AReferenceThatRestrictsNamesBothKindsInItsGuard) {
  const Registry registry(describe_all<BoxDefinition, BoxInstance>());
  const auto& guards = registry.guards_of("BoxDefinition");
  ASSERT_EQ(guards.size(), 1U);
  EXPECT_EQ(guards[0].field->guard, "box definition has related box instances - cannot be deleted");
}

TEST(Fields, AReferenceIsNeverNegative) {
  EXPECT_EQ(describe<BoxInstance>().find("LidID")->type, FieldType::unsigned_integer);
}

TEST(Fields, MapsAndListsKeepTheirValuesOnTheWire) {
  BoxInstance box;
  box.definition.id = 3;
  box.labels = {{"a", "b"}};
  box.items = {1, "two"};
  const auto wire = to_json(box);
  EXPECT_EQ(wire.at("Labels", "a"), json::Value("b"));
  const auto again = from_json<BoxInstance>(wire);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->labels, box.labels);
  EXPECT_EQ(again->items, box.items);
  EXPECT_FALSE(from_json<BoxInstance>(json::Object{{"Labels", json::Object{{"a", 1}}}}));
  EXPECT_FALSE(from_json<BoxInstance>(json::Object{{"Items", json::Object{}}}));
}

}  // namespace
}  // namespace threeport::schema
