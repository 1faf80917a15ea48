#include "apiserver/admission.h"

#include <array>

#include <gtest/gtest.h>

#include "schema/groups.h"
#include "schema/registry.h"

namespace threeport::apiserver {
namespace {

constexpr std::array<std::string_view, 2> kColors{"red", "blue"};

/// One member of each sort.
struct Box {
  static constexpr schema::KindInfo kind{.name = "Box", .path = "boxes", .alias = "", .doc = "A box."};
  schema::ObjectMeta meta;
  std::string name, color, owner, phase, trace, lid, cover;
  std::int64_t size = 0;
  schema::Ref<Box> inside;
  bool is_open = false;
  base::TimePoint due{};
  json::Value labels;
  schema::Ref<Box> twin;

  static constexpr auto fields() {
    using Self = Box;
    using namespace schema;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "", required | filter).bounds(0, 8),
                   field<&Self::color>("Color", "", filter).one_of(kColors),
                   field<&Self::owner>("Owner", "", required).go_name("OwnerName"),
                   field<&Self::phase>("Phase", "", status), field<&Self::trace>("Trace", "", status | ignored),
                   field<&Self::size>("Size", "", filter).bounds(1, 9).defaults_to("3"),
                   field<&Self::inside>("InsideID", "", filter),
                   field<&Self::is_open>("Open", "", filter).defaults_to("false"), field<&Self::due>("Due", "", filter),
                   field<&Self::labels>("Labels", "", filter), field<&Self::twin>("TwinID", "", association),
                   field<&Self::lid>("Lid", "").required_unless("Cover"), field<&Self::cover>("Cover", ""),
                   relation("Boxes", "Box", "InsideID")});
  }
};

/// The same as a kind that is not of v0.
struct Crate {
  static constexpr schema::KindInfo kind{.name = "Crate", .path = "crates", .alias = "", .doc = "", .added = true};
  schema::ObjectMeta meta;
  std::string phase;

  static constexpr auto fields() {
    using Self = Crate;
    using namespace schema;
    return std::tuple_cat(ObjectMeta::fields<&Self::meta>(), std::tuple{field<&Self::phase>("Phase", "", status)});
  }
};

class AdmissionTest : public ::testing::Test {
 protected:
  [[nodiscard]] const schema::KindDescriptor& box() const { return registry_.kinds()[0]; }
  [[nodiscard]] const schema::KindDescriptor& crate() const { return registry_.kinds()[1]; }

  static json::Value read(std::string_view text) { return json::parse(text).value(); }
  /// The admitted members, or the error.
  [[nodiscard]] std::string admit(std::string_view body, BodyOf verb = BodyOf::post) const {
    const auto admitted = admit_body(box(), read(body), verb);
    if (!admitted) return admitted.error().message;
    return json::dump(*admitted);
  }
  [[nodiscard]] std::string filter(std::string_view member, std::string_view text) const {
    const auto value = parse_filter(*box().find(member), text);
    return value ? json::dump(*value) : value.error().message;
  }

 private:
  schema::Registry registry_{schema::describe_all<Box, Crate>()};
};

TEST_F(AdmissionTest, ABodyWithoutMembersIsRefused) {
  for (const char* body : {"{}", "[]", "null"}) EXPECT_EQ(admit(body), "JSON payload is empty") << body;
}

TEST_F(AdmissionTest, ABodyThatIsNoObjectIsRefusedWithItsType) {
  EXPECT_EQ(admit("[1]"), "the body must be a JSON object with members of Box, not a array");
  EXPECT_EQ(admit("7"), "the body must be a JSON object with members of Box, not a number");
}

TEST_F(AdmissionTest, ServerManagedMembersAreRefusedInAnySpellingBeforeEverythingElse) {
  EXPECT_EQ(admit(R"({"id":1,"CREATEDAT":"x","Wrong":1})"),
            "Update of server-managed fields is not allowed : id,CREATEDAT");
}

TEST_F(AdmissionTest, AssociationsAreTakenByPostAlone) {
  EXPECT_EQ(admit(R"({"TwinID":4})"), R"({"TwinID":4})");
  for (const BodyOf verb : {BodyOf::patch, BodyOf::merge, BodyOf::put}) {
    EXPECT_EQ(admit(R"({"TwinID":4,"Boxes":[],"Wrong":1})", verb),
              "Update of associated objects is not allowed, they can be set on creation only : TwinID,Boxes");
  }
}

TEST_F(AdmissionTest, UnknownMembersAreNamedAsTheyWereWritten) {
  EXPECT_EQ(admit(R"({"Name":1,"Wrong":1,"other":2})"), "Unsupported fields are not allowed : Wrong,other");
}

TEST_F(AdmissionTest, MembersAreFoundByTheirInternalNameWithoutCaseAndByTheirWireNameExactly) {
  EXPECT_EQ(admit(R"({"ownername":"me"})"), R"({"Owner":"me"})");
  EXPECT_EQ(admit(R"({"Owner":"me"})"), R"({"Owner":"me"})");
  EXPECT_EQ(admit(R"({"owner":"me"})"), "Unsupported fields are not allowed : owner");
  EXPECT_EQ(admit(R"({"color":"red"})"), R"({"Color":"red"})");
}

TEST_F(AdmissionTest, AValueOfAnotherTypeIsRefusedWithTheTypeThatIsWanted) {
  EXPECT_EQ(admit(R"({"Name":5})"), "Name must be a string, not a number");
  EXPECT_EQ(admit(R"({"Size":"5"})"), "Size must be an integer, not a string");
  EXPECT_EQ(admit(R"({"Size":5.5})"), "Size must be an integer without fraction or exponent that fits 64 bits");
  EXPECT_EQ(admit(R"({"Size":99999999999999999999})"),
            "Size must be an integer without fraction or exponent that fits 64 bits");
  EXPECT_EQ(admit(R"({"Open":"true"})"), "Open must be a boolean, not a string");
  EXPECT_EQ(admit(R"({"Due":5})"), "Due must be an RFC 3339 time, not a number");
  EXPECT_EQ(admit(R"({"Boxes":{}})"), "Boxes must be an array of Box objects, not a object");
}

TEST_F(AdmissionTest, BoundsHoldForNumbersAndForLengths) {
  EXPECT_EQ(admit(R"({"Size":0})"), "Size: it must be at least 1");
  EXPECT_EQ(admit(R"({"Size":10})"), "Size: it must be at most 9");
  EXPECT_EQ(admit(R"({"Size":9})"), R"({"Size":9})");
  EXPECT_EQ(admit(R"({"Name":"123456789"})"), "Name: its length must be at most 8");
}

TEST_F(AdmissionTest, OnlyAllowedValuesPassAndTheyAreListed) {
  EXPECT_EQ(admit(R"({"Color":"green"})"), "Color: green is not valid, valid values: red, blue");
}

TEST_F(AdmissionTest, IdsStayBelowTwoToThe53AndAreNotNegative) {
  EXPECT_EQ(admit(R"({"InsideID":9007199254740991})"), R"({"InsideID":9007199254740991})");
  EXPECT_EQ(admit(R"({"InsideID":9007199254740992})"), "InsideID must be an id below 2^53");
  EXPECT_EQ(admit(R"({"InsideID":-1})"), "InsideID must not be negative");
}

TEST_F(AdmissionTest, StringsHoldNoNulCharacter) {
  EXPECT_EQ(admit("{\"Name\":\"a\\u0000b\"}"), "Name must not contain a NUL character");
}

TEST_F(AdmissionTest, TimesAreStoredInUtc) {
  EXPECT_EQ(admit(R"({"Due":"2030-01-02T05:04:05.50+02:00"})"), R"({"Due":"2030-01-02T03:04:05.5Z"})");
  EXPECT_TRUE(admit(R"({"Due":"yesterday"})").starts_with("Due: "));
}

TEST_F(AdmissionTest, NullMeansAbsentExceptInAMergePatch) {
  const std::string body = R"({"Name":"a","Color":null})";
  EXPECT_EQ(admit(body, BodyOf::post), R"({"Name":"a"})");
  EXPECT_EQ(admit(body, BodyOf::patch), R"({"Name":"a"})");
  EXPECT_EQ(admit(body, BodyOf::put), R"({"Name":"a"})");
  EXPECT_EQ(admit(body, BodyOf::merge), R"({"Name":"a","Color":null})");
}

TEST_F(AdmissionTest, WhatTheServerOwnsIsAcceptedAndDropped) {
  EXPECT_EQ(admit(R"({"Name":"a","Generation":7,"Trace":"x"})"), R"({"Name":"a"})");
}

TEST_F(AdmissionTest, StatusMembersAreStoredOnV0KindsAndDroppedOnNewOnes) {
  EXPECT_EQ(admit(R"({"Phase":"x"})"), R"({"Phase":"x"})");
  EXPECT_EQ(json::dump(admit_body(crate(), read(R"({"Phase":"x"})"), BodyOf::post).value()), "{}");
}

TEST_F(AdmissionTest, AWriteOfTheControlPlaneMaySetWhatUsersMayNot) {
  const auto admitted = admit_own_body(box(), read(R"({"ID":7,"Trace":"x","Phase":"y","TwinID":3})"));
  ASSERT_TRUE(admitted);
  EXPECT_EQ(json::dump(*admitted), R"({"Trace":"x","Phase":"y","TwinID":3})");
  EXPECT_EQ(admit_own_body(box(), read(R"({"Wrong":1})")).error().kind, base::ErrorKind::internal);
}

TEST_F(AdmissionTest, MissingMembersAreListedInTheOrderOfTheTableUnderTheirInternalNames) {
  const auto missing = [&](std::string_view body) {
    const auto checked = check_required(box(), read(body).as_object());
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_EQ(missing(R"({"Color":"red"})"), "Missing required field(s) : Name,OwnerName,Lid");
  EXPECT_EQ(missing(R"({"Name":null,"Owner":"","Cover":"c"})"), "Missing required field(s) : Name");
  EXPECT_EQ(missing(R"({"Name":"","Owner":"","Lid":"l"})"), "");
}

TEST_F(AdmissionTest, DefaultsFillWhatIsAbsentAlone) {
  json::Value body = read(R"({"Size":7})");
  apply_defaults(box(), body.as_object());
  EXPECT_EQ(json::dump(body), R"({"Size":7,"Open":false})");
}

TEST_F(AdmissionTest, AClearedMemberReturnsToItsDefaultOrGoes) {
  json::Value body = read(R"({"Name":"a","Size":null,"Color":null})");
  settle_cleared(box(), body.as_object());
  EXPECT_EQ(body, read(R"({"Name":"a","Size":3,"Open":false})"));
}

TEST_F(AdmissionTest, AFilterIsReadAsItsMemberIs) {
  EXPECT_EQ(filter("Name", "5"), R"("5")");
  EXPECT_EQ(filter("Size", "5"), "5");
  EXPECT_EQ(filter("Open", "T"), "true");
  EXPECT_EQ(filter("Open", "0"), "false");
  EXPECT_EQ(filter("Due", "2030-01-02T05:04:05+02:00"), R"("2030-01-02T03:04:05Z")");
  EXPECT_EQ(filter("Labels", R"({"a":1})"), R"({"a":1})");
}

TEST_F(AdmissionTest, AnEmptyFilterMeansTheEmptyValue) {
  EXPECT_EQ(filter("Name", ""), R"("")");
  EXPECT_EQ(filter("Size", ""), "0");
  EXPECT_EQ(filter("Open", ""), "false");
}

TEST_F(AdmissionTest, AFilterThatCannotBeReadNamesItsParameter) {
  EXPECT_EQ(filter("Size", "5x"), "query parameter size must be an integer, not \"5x\"");
  EXPECT_EQ(filter("Open", "yes"), "query parameter open must be true or false, not \"yes\"");
  EXPECT_EQ(filter("Due", "now"), "query parameter due must be an RFC 3339 time, not \"now\"");
}

TEST_F(AdmissionTest, AFilterThatNoDatabaseCanHoldIsRefused) {
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(filter("Name", "a\0"sv), "query parameter name must be UTF-8 without NUL characters, not \"a\0\""sv);
  EXPECT_NE(filter("Name", "\xff").find("must be UTF-8"), std::string::npos);
  EXPECT_NE(filter("Size", "\xff").find("must be UTF-8"), std::string::npos);
}

TEST_F(AdmissionTest, EqualValuesHaveEqualIndexTexts) {
  EXPECT_EQ(index_text("a b"), "a b");
  EXPECT_EQ(index_text(5), "5");
  EXPECT_EQ(index_text(read(R"({"b":1,"a":2})")), index_text(read(R"({"a":2,"b":1})")));
}

}  // namespace
}  // namespace threeport::apiserver
