// The SQL views of the kinds, on the databases that others can open.
#include "store/views.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schema/field.h"
#include "schema/groups.h"
#include "store/contract.h"

namespace threeport::store {
namespace {

using testing::create;
using testing::remove;
using testing::set_of;
using testing::update;
using testing::why;

/// Known to this test only.
struct Gadget {
  static constexpr schema::KindInfo kind{
      .name = "Gadget", .path = "small-gadgets", .alias = "", .doc = "A thing.", .reconciled = true};
  schema::ObjectMeta meta;
  schema::Reconciliation reconciliation;
  std::string name, color, key, values;
  std::int64_t size = 0;
  bool is_big = false;
  json::Value tags;

  static constexpr auto fields() {
    using Self = Gadget;
    using namespace schema;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{field<&Self::name>("Name", "Its name.", required | filter),
                   field<&Self::color>("FavouriteColor", "Any."), field<&Self::key>("Key", "Hidden.", secret),
                   field<&Self::values>("Values", "May hold secrets.", sensitive),
                   field<&Self::size>("SizeID", "A number."), field<&Self::is_big>("Big", "Yes or no."),
                   field<&Self::tags>("Tags", "Anything.")});
  }
};
/// The same kind in a later program.
struct Renamed {
  static constexpr schema::KindInfo kind{.name = "Gadget", .path = "gizmos", .alias = "", .doc = "A thing."};
  schema::ObjectMeta meta;
  std::string name;

  static constexpr auto fields() {
    using Self = Renamed;
    using namespace schema;
    return std::tuple_cat(ObjectMeta::fields<&Self::meta>(), std::tuple{field<&Self::name>("Name", "Its name.")});
  }
};

class StoreViews : public testing::StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    if (IsSkipped()) return;
    const auto made = store_->ensure_views(registry_);
    ASSERT_TRUE(made) << why(made);
  }
  /// Of the row that a condition selects: its columns as texts.
  std::string select(const std::string& columns, const std::string& condition) {
    std::string sum;
    for (const std::string& text : sql("SELECT CAST(" + columns + " AS TEXT) FROM v0_small_gadgets WHERE " + condition))
      sum += text + ";";
    return sum;
  }

  const schema::Registry registry_{schema::describe_all<Gadget>()};
};

TEST_P(StoreViews, AKindHasAViewWithAColumnAMember) {
  if (is_in_memory()) return;  // nobody else can read it
  const ObjectId a = id(), b = id();
  commit(set_of(
      create(a, "Gadget", "a",
             R"({"Name":"a","FavouriteColor":"it's \"red\"","Key":"k1:c","SizeID":7,"Big":true,"Tags":{"x":[1]},)"
             R"("CreatedAt":"2030-01-02T03:04:05.5Z"})"),
      create(b, "Gadget", "b", R"({"Name":"b","FavouriteColor":"blue","SizeID":18446744073709551615,"Big":false})"),
      create(id(), "Other", "a", R"({"Name":"a"})")));
  Row row = get("Gadget", a);
  row.generation = 3;
  row.observed = 2;
  commit(set_of(update(row)));

  EXPECT_EQ(select("name", "favourite_color = 'it''s \"red\"'"), "a;");
  EXPECT_EQ(select("id", "size_id = 7"), std::to_string(a) + ";");
  EXPECT_EQ(select("name", "size_id > 7"), "b;");
  EXPECT_EQ(select("name", "big"), "a;");
  EXPECT_EQ(select("name", "NOT big"), "b;");
  EXPECT_EQ(select("tags", "name = 'a'"), R"({"x":[1]};)");
  EXPECT_EQ(select("version", "generation = 3 AND observed_generation = 2 AND NOT reconciled"), "2;");
  EXPECT_EQ(select("name", "created_at IS NOT NULL"), "a;");
  EXPECT_EQ(select("count(*)", "true"), "2;");
}

TEST_P(StoreViews, DeletedObjectsAreNotShown) {
  if (is_in_memory()) return;
  const ObjectId a = id();
  commit(set_of(create(a, "Gadget", "a", R"({"Name":"a"})")));
  commit(set_of(remove(get("Gadget", a))));
  EXPECT_EQ(select("count(*)", "true"), "0;");
}

TEST_P(StoreViews, AProgramWithOtherKindsMakesItsOwn) {
  if (is_in_memory()) return;
  commit(set_of(create(id(), "Gadget", "a", R"({"Name":"a"})")));
  const schema::Registry later(schema::describe_all<Renamed>());
  for (int i = 0; i < 2; ++i) {
    const auto made = store_->ensure_views(later);
    ASSERT_TRUE(made) << why(made);
  }
  EXPECT_EQ(sql("SELECT name FROM v0_gizmos"), (std::vector<std::string>{"a"}));
  const auto back = store_->ensure_views(registry_);
  ASSERT_TRUE(back) << why(back);
  EXPECT_EQ(select("name", "true"), "a;");
}

TEST_P(StoreViews, SecretsAreLeftOut) {
  for (const View& view : make_views(registry_, Dialect{.member_text = "MEMBER",
                                                        .member_integer = "MEMBER",
                                                        .member_boolean = "MEMBER",
                                                        .member_time = "MEMBER",
                                                        .member_json = "MEMBER"})) {
    EXPECT_NE(view.sql.find("favourite_color"), std::string::npos);
    EXPECT_EQ(view.sql.find("Key"), std::string::npos) << view.sql;
    EXPECT_EQ(view.sql.find("Values"), std::string::npos) << view.sql;
  }
}

TP_ON_ALL_DATABASES(StoreViews);

}  // namespace
}  // namespace threeport::store
