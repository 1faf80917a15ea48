#include "http/message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace threeport::http {
namespace {

TEST(HeadersTest, names_compare_without_case_and_the_first_value_wins) {
  Headers headers{{"Content-Type", "text/plain"}, {"X-Tag", "a"}, {"x-tag", "b"}};
  EXPECT_EQ(headers.get("content-type"), "text/plain");
  EXPECT_EQ(headers.get("X-TAG"), "a");
  EXPECT_EQ(headers.get("Absent"), "");
  EXPECT_TRUE(headers.contains("CONTENT-TYPE"));
  EXPECT_FALSE(headers.contains("Content"));
}

TEST(HeadersTest, set_replaces_all_fields_of_the_name_in_place) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}, {"C", "4"}};
  headers.set("a", "9");
  headers.set("D", "5");
  const std::vector<std::pair<std::string, std::string>> fields(headers.begin(), headers.end());
  const std::vector<std::pair<std::string, std::string>> expected{{"A", "9"}, {"b", "2"}, {"C", "4"}, {"D", "5"}};
  EXPECT_EQ(fields, expected);
}

TEST(QueryTest, keeps_order_and_repeated_names) {
  const Query query = Query::parse(
      "?a=1&a=2&b&=x&c=a%3Db+c&&d=%zz%4"  // a stray ? is part of the first name
      "&e=%E2%82%AC");
  const std::vector<std::pair<std::string, std::string>> pairs(query.begin(), query.end());
  const std::vector<std::pair<std::string, std::string>> expected{{"?a", "1"},    {"a", "2"},     {"b", ""}, {"", "x"},
                                                                  {"c", "a=b c"}, {"d", "%zz%4"}, {"e", "€"}};
  EXPECT_EQ(pairs, expected);
}

TEST(QueryTest, finds_the_first_value_with_or_without_case) {
  const Query query = Query::parse("Name=x&name=y");
  EXPECT_EQ(query.get("name"), "y");
  EXPECT_EQ(query.get("name", true), "x");
  EXPECT_EQ(query.get("NAME"), std::nullopt);
  EXPECT_EQ(query.get("NAME", true), "x");
  EXPECT_TRUE(query.contains("Name"));
}

TEST(QueryTest, an_empty_text_has_no_parameters) {
  const Query query = Query::parse("");
  EXPECT_EQ(query.begin(), query.end());
  EXPECT_EQ(query.encode(), "");
}

TEST(PercentTest, encodes_everything_but_unreserved_characters) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c?d=e&f+g%"), "a%20b%2Fc%3Fd%3De%26f%2Bg%25");
  EXPECT_EQ(percent_encode(std::string_view("\0\xff", 2)), "%00%FF");
}

TEST(PercentTest, decodes_a_plus_only_where_it_is_a_space) {
  EXPECT_EQ(percent_decode("a+b%2b%2B"), "a+b++");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
}

TEST(PercentTest, malformed_escapes_stay_as_they_are) {
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%4g%41"), "%4gA");
}

RC_GTEST_PROP(PercentTest, decoding_undoes_encoding, (const std::string& text)) {
  RC_ASSERT(percent_decode(percent_encode(text)) == text);
  RC_ASSERT(percent_decode(percent_encode(text), true) == text);
}

RC_GTEST_PROP(QueryTest, parsing_undoes_encoding, (const std::vector<std::pair<std::string, std::string>>& pairs)) {
  Query query;
  for (const auto& [name, value] : pairs) query.add(name, value);
  const Query parsed = Query::parse(query.encode());
  const std::vector<std::pair<std::string, std::string>> found(parsed.begin(), parsed.end());
  RC_ASSERT(found == pairs);
}

TEST(ReasonPhraseTest, known_codes_have_a_phrase) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
  EXPECT_EQ(reason_phrase(299), "");
  EXPECT_EQ(reason_phrase(999), "");
}

}  // namespace
}  // namespace threeport::http
