#include "score/placeholder.h"

#include <gtest/gtest.h>

namespace threeport::score {
namespace {

const json::Value kMetadata = json::parse(R"({"name": "web", "other": {"key": "value"}, "list": [1, "<a>"],
  "annotations": {"key.com/foo-bar": "yes"}, "secret": "s3cr3t"})")
                                  .value();

base::Result<Output> look_up(const Reference& reference) {
  if (reference.path[0] != "metadata") return base::invalid("unknown root " + reference.text);
  auto value = walk(kMetadata, reference, 1);
  if (!value) return std::move(value).error();
  return Output{.value = *value, .secret = reference.path.back() == "secret"};
}

std::string expanded(std::string_view text) {
  auto out = expand(text, look_up);
  return out ? out->text : "error: " + out.error().message;
}

TEST(Placeholder, ReplacesReferencesAndKeepsEscapedAndLoneDollars) {
  EXPECT_EQ(expanded("abc $$ abc"), "abc $ abc");
  EXPECT_EQ(expanded("$abc"), "$abc");
  EXPECT_EQ(expanded("$${abc}"), "${abc}");
  EXPECT_EQ(expanded("hello ${metadata.name}!"), "hello web!");
  EXPECT_EQ(expanded("$$${metadata.name}"), "$web");
  EXPECT_EQ(expanded("$$$${metadata.name}"), "$${metadata.name}");
  EXPECT_EQ(expanded("${metadata.name"), "${metadata.name");
  EXPECT_EQ(expanded("$"), "$");
}

TEST(Placeholder, WritesWhatIsNoTextAsCompactJson) {
  EXPECT_EQ(expanded("${metadata.other}"), R"({"key":"value"})");
  EXPECT_EQ(expanded("${metadata.list}"), "[1,\"\\u003ca\\u003e\"]");
}

TEST(Placeholder, TakesAnEscapedDotAsPartOfTheKey) {
  EXPECT_EQ(expanded("${metadata.annotations.key\\.com/foo-bar}"), "yes");
}

TEST(Placeholder, NamesTheReferenceThatStandsForNothing) {
  EXPECT_EQ(expanded("${metadata.nope}"),
            "error: ${metadata.nope}: there is no \"nope\"; there is name, other, list, annotations, secret");
  EXPECT_EQ(expanded("${metadata.name.x}"),
            "error: ${metadata.name.x}: what stands before \"x\" is a string and has no members");
  EXPECT_EQ(expanded("${}"), "error: unknown root ");
}

TEST(Placeholder, KeepsTheTypeWhereAStringIsNothingButOneReference) {
  const json::Value value = json::Object{{"a", json::Array{"${metadata.list}", "x ${metadata.name}"}}, {"b", 3}};
  auto out = expand(value, look_up);
  ASSERT_TRUE(out);
  EXPECT_EQ(json::dump(out->value), R"({"a":[[1,"<a>"],"x web"],"b":3})");
  EXPECT_FALSE(out->secret);
}

TEST(Placeholder, ATextWithASecretIsSecret) {
  EXPECT_TRUE(expand(std::string_view("a ${metadata.secret}"), look_up)->secret);
  EXPECT_TRUE(expand(json::Value(json::Object{{"a", json::Array{"${metadata.secret}"}}}), look_up)->secret);
}

TEST(Placeholder, AnErrorInAValueHasItsPath) {
  const json::Value value = json::Object{{"a", json::Array{"x", "${metadata.nope}"}}};
  EXPECT_TRUE(expand(value, look_up).error().message.starts_with("a: [1]: ${metadata.nope}:"));
}

}  // namespace
}  // namespace threeport::score
