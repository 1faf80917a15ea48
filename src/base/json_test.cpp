#include "base/json.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json_generator.h"

namespace threeport::base::json {
namespace {

std::string message_of(std::string_view text, const ParseOptions& options = {}) {
  const auto value = parse(text, options);
  return value ? "no error: " + dump(*value) : value.error().message;
}

std::string round_trip(std::string_view text) {
  const auto value = parse(text);
  return value ? dump(*value) : value.error().message;
}

/// The value without members that are null, as a merge patch leaves it.
Value without_nulls(const Value& value) {
  const Object* object = value.if_object();
  if (object == nullptr) return value;
  Object out;
  for (const Member& member : *object) {
    if (!member.value.is_null()) out.append(member.key, without_nulls(member.value));
  }
  return out;
}

TEST(Json, KeepsOrderAndNumbersAsTheyCame) {
  EXPECT_EQ(round_trip(R"( {"b" : 1.0, "a": [1E5, -0, 12345678901234567890123, true, null]} )"),
            R"({"b":1.0,"a":[1E5,-0,12345678901234567890123,true,null]})");
}

TEST(Json, DecodesEscapesAndEscapesNoMoreThanItMust) {
  const auto value = parse(R"("\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t\u0000\u001f")");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->as_string(), std::string("é\U0001F600/\"\\\b\f\n\r\t\0\x1f", 16));
  EXPECT_EQ(dump(*value), "\"é\U0001F600/\\\"\\\\\\u0008\\u000c\\n\\r\\t\\u0000\\u001f\"");
}

TEST(Json, ErrorsSayLineAndColumn) {
  EXPECT_EQ(message_of("{\n  \"a\": 1,\n  \"b\": x\n}"), "line 3, column 8: Invalid value.");
  EXPECT_EQ(message_of(""), "line 1, column 1: The document is empty.");
  EXPECT_EQ(message_of("[1,\n2"), "line 2, column 2: Missing a comma or ']' after an array element.");
  EXPECT_EQ(message_of("{} x"), "line 1, column 4: The document root must not be followed by other values.");
  EXPECT_EQ(message_of(std::string_view("[1,\n \0]", 7)), "line 2, column 2: a NUL byte is not allowed in JSON");
}

TEST(Json, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_EQ(message_of("1e999"), "line 1, column 1: Number too big to be stored in double.");
}

TEST(Json, ColumnsCountCharactersNotBytes) {
  EXPECT_EQ(message_of("[\"é日\", x]"), "line 1, column 8: Invalid value.");
}

TEST(Json, RefusesWhatRfc8259DoesNotKnow) {
  for (const char* text : {"{'a': 1}",
                           "{a: 1}",
                           "[1,]",
                           "{\"a\":1,}",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "0x1",
                           "NaN",
                           "Infinity",
                           "nul",
                           "\"\t\"",
                           "\"\\x41\"",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "// c\n1",
                           "1 2",
                           "\"",
                           "[",
                           "{\"a\"",
                           "{\"a\":}",
                           "tru",
                           "-",
                           "1e",
                           "\"\xff\"",
                           "\"\xc0\xaf\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\""}) {
    EXPECT_FALSE(parse(text)) << text;
  }
}

TEST(Json, RefusesNestingThatIsTooDeep) {
  const std::string deep = std::string(512, '[') + std::string(512, ']');
  EXPECT_EQ(round_trip(deep), deep);
  EXPECT_EQ(message_of("[" + deep + "]"), "line 1, column 513: nested deeper than 512 levels");
  EXPECT_FALSE(parse(std::string(1'000'000, '[')));
  EXPECT_EQ(message_of("[[1]]", {.max_depth = 1}), "line 1, column 2: nested deeper than 1 levels");
}

TEST(Json, OfADuplicateKeyTheLastValueCountsAtTheFirstPlace) {
  EXPECT_EQ(round_trip(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(message_of(R"({"a":1,"a":3})", {.duplicate_keys = DuplicateKeys::refuse}),
            "line 1, column 13: the object that ends here has the key \"a\" twice");
}

TEST(Json, LargeObjectsFollowTheSameRules) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"key" + std::to_string(i) + "\":0,";
  const auto value = parse(text + "\"key7\":1}");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->as_object().size(), 100'000U);
  EXPECT_EQ((value->as_object().begin() + 7)->value, Value(1));
  Value other = *value;
  EXPECT_EQ(other, *value);
  other["key99999"] = 5;
  EXPECT_NE(other, *value);
  EXPECT_EQ(dump(make_merge_patch(*value, other)), R"({"key99999":5})");
}

TEST(Json, ReadsTextsOneAfterTheOther) {
  const auto texts = parse_many(" {\"a\":1}\n\n[2] 3\"x\"null\n");
  ASSERT_TRUE(texts) << texts.error().message;
  ASSERT_EQ(texts->size(), 5U);
  EXPECT_EQ(dump((*texts)[0].value), "{\"a\":1}");
  EXPECT_EQ((*texts)[0].line, 1U);
  EXPECT_EQ(dump((*texts)[1].value), "[2]");
  EXPECT_EQ((*texts)[1].line, 3U);
  EXPECT_TRUE(parse_many("")->empty());
  EXPECT_EQ(parse_many("{}\n{").error().message, "line 2, column 2: Missing a name for object member.");
}

TEST(Json, IntegersAreReadOnlyWhereTheyAreIntegersThatFit) {
  EXPECT_EQ(parse("9223372036854775807")->as_int(), INT64_MAX);
  EXPECT_EQ(parse("-9223372036854775808")->as_int(), INT64_MIN);
  EXPECT_EQ(parse("9223372036854775808")->as_int(), std::nullopt);
  EXPECT_EQ(parse("1.0")->as_int(), std::nullopt);
  EXPECT_EQ(parse("\"1\"")->as_int(), std::nullopt);
  EXPECT_EQ(parse("1e2")->as_double(), 100.0);
  EXPECT_EQ(parse("1e-999")->as_double(), std::nullopt);
}

TEST(Json, NumbersAreEqualByValue) {
  const auto equal = [](const char* a, const char* b) { return *parse(a) == *parse(b); };
  EXPECT_TRUE(equal("1", "1.0"));
  EXPECT_TRUE(equal("100", "1e2"));
  EXPECT_TRUE(equal("0", "-0"));
  EXPECT_TRUE(equal("-0.0", "0"));
  EXPECT_TRUE(equal("1.10", "1.1"));
  EXPECT_FALSE(equal("1", "2"));
  EXPECT_FALSE(equal("9007199254740993", "9007199254740992"));
  EXPECT_FALSE(equal("9007199254740993", "9007199254740992.0"));
  EXPECT_FALSE(equal("1e-999", "1e-998"));
  EXPECT_FALSE(equal("1", "\"1\""));
  EXPECT_FALSE(equal("0", "false"));
  EXPECT_FALSE(equal("0", "null"));
}

TEST(Json, ObjectsAreEqualInAnyOrder) {
  EXPECT_EQ(*parse(R"({"a":1,"b":[{"c":2,"d":3}]})"), *parse(R"({"b":[{"d":3,"c":2}],"a":1})"));
  EXPECT_NE(*parse("[1,2]"), *parse("[2,1]"));
  EXPECT_NE(*parse(R"({"a":1})"), *parse(R"({"a":1,"b":null})"));
}

TEST(Json, WalksToWhatIsThereAndToNullOtherwise) {
  const Value value = *parse(R"({"a":{"b":[1]},"t":"x"})");
  EXPECT_EQ(dump(value.at("a", "b")), "[1]");
  EXPECT_TRUE(value.at("a", "x", "y").is_null());
  EXPECT_TRUE(value.at("t", "u").is_null());
  EXPECT_EQ(value.at("t").text(), "x");
  EXPECT_EQ(value.at("a").text(), "");
  EXPECT_EQ(value.type_name(), "object");
}

TEST(Json, MembersAreSetReplacedAndErased) {
  Value value;
  value["a"]["b"] = 1;
  value["a"]["b"] = 2;
  value["c"] = nullptr;
  EXPECT_EQ(dump(value), R"({"a":{"b":2},"c":null})");
  EXPECT_TRUE(value.as_object().erase("a"));
  EXPECT_FALSE(value.as_object().erase("a"));
  EXPECT_EQ(dump(value), R"({"c":null})");
}

TEST(Json, NumbersOfEachTypeKeepTheirValue) {
  EXPECT_EQ(dump(Array{-1, 2U, 3L, 4UL, 5LL, 18446744073709551615ULL, 0.1, 1e300, 5.0}),
            "[-1,2,3,4,5,18446744073709551615,0.1,1e+300,5]");
}

TEST(Json, PrettyTextIsIndented) {
  EXPECT_EQ(dump_pretty(*parse(R"({"a":[1,{}],"b":{"c":[]}})")),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}");
}

TEST(MergePatch, FollowsTheExamplesOfRfc7386) {
  const char* const cases[][3] = {{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
                                  {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
                                  {R"({"a":"b"})", R"({"a":null})", R"({})"},
                                  {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
                                  {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
                                  {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
                                  {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
                                  {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
                                  {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
                                  {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
                                  {R"({"a":"foo"})", R"(null)", R"(null)"},
                                  {R"({"a":"foo"})", R"("bar")", R"("bar")"},
                                  {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
                                  {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
                                  {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
  for (const auto& [target, patch, expected] : cases) {
    Value value = *parse(target);
    apply_merge_patch(value, *parse(patch));
    EXPECT_EQ(dump(value), expected) << target << " with " << patch;
  }
}

RC_GTEST_PROP(MergePatch, TurnsOneObjectIntoTheOther, ()) {
  const Value from = *any_object(3);
  const Value to = without_nulls(*any_object(3));
  Value value = from;
  apply_merge_patch(value, make_merge_patch(from, to));
  RC_ASSERT(value == to);
}

RC_GTEST_PROP(MergePatch, OfEqualObjectsIsEmpty, ()) {
  const Value value = *any_object(3);
  RC_ASSERT(dump(make_merge_patch(value, *parse(canonical(value)))) == "{}");
}

RC_GTEST_PROP(MergePatch, AppliedTwiceIsAppliedOnce, (Value target, const Value& patch)) {
  apply_merge_patch(target, patch);
  const std::string once = dump(target);
  apply_merge_patch(target, patch);
  RC_ASSERT(dump(target) == once);
}

RC_GTEST_PROP(Json, IsReadBackAsItWasWritten, (const Value& value)) {
  RC_ASSERT(dump(*parse(dump(value))) == dump(value));
  RC_ASSERT(*parse(dump_pretty(value)) == value);
}

TEST(Canonical, SortsKeysAndGivesEachNumberOneForm) {
  EXPECT_EQ(canonical(*parse(R"({"b":1.0,"a":{"d":[1e2,-0],"c":12345678901234567890123}})")),
            R"({"a":{"c":12345678901234567890123,"d":[100,0]},"b":1})");
}

RC_GTEST_PROP(Canonical, IsTheSameForEqualValuesOnly, (const Value& a, const Value& b)) {
  RC_ASSERT((canonical(a) == canonical(b)) == (a == b));
  RC_ASSERT(*parse(canonical(a)) == a);
}

}  // namespace
}  // namespace threeport::base::json
