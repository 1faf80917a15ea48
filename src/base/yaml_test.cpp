#include "base/yaml.h"

#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json_generator.h"
#include "base/utf8.h"

namespace threeport::base::yaml {
namespace {

/// Compact text with sorted keys, each number with the text it has: 1 and 1.0 differ here.
std::string exact_text(const json::Value& value) {
  if (const json::Array* array = value.if_array()) {
    std::string out = "[";
    for (const json::Value& element : *array) out += exact_text(element) + ",";
    return out + "]";
  }
  if (const json::Object* object = value.if_object()) {
    std::map<std::string, std::string> members;
    for (const json::Member& member : *object) members[member.key] = exact_text(member.value);
    std::string out = "{";
    for (const auto& [key, text] : members) out += json::dump(key) + ":" + text + ",";
    return out + "}";
  }
  return json::dump(value);
}

std::string message_of(std::string_view text) {
  const auto documents = parse_documents(text);
  return documents ? "no error: " + exact_text(json::Array(*documents)) : documents.error().message;
}

TEST(YamlGolden, IsReadAsKubectlReadsItButForTheListedDifferences) {
  std::ifstream file(TP_BASE_TESTDATA "/yaml/golden.jsonl");
  ASSERT_TRUE(file.is_open());
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto row = json::parse(line);
    ASSERT_TRUE(row) << line;
    const std::string text(row->at("yaml").text());
    const bool differs = row->find("differs") != nullptr;
    const json::Value* expected = row->find(differs ? "ours" : "documents");
    const bool fails = differs ? expected == nullptr : row->find("error") != nullptr;
    const auto documents = parse_documents(text);
    if (fails) {
      EXPECT_FALSE(documents) << text << "\nis an error: " << row->at("error").text();
    } else if (!documents) {
      ADD_FAILURE() << text << "\n" << documents.error().message;
    } else {
      EXPECT_EQ(exact_text(json::Array(*documents)), exact_text(expected == nullptr ? json::Array{} : *expected))
          << text;
    }
  }
  EXPECT_GE(lines, 600U);
}

TEST(Yaml, ErrorsSayLineAndColumnOfTheWholeInput) {
  EXPECT_EQ(message_of("a: 1\n---\nb: [1, 2\nc: 3\n"),
            "line 4, column 2: did not find expected ',' or ']', while parsing a flow sequence that starts at line 3");
  EXPECT_EQ(message_of("a: 1\n---\n\nb: x: y\n"), "line 4, column 5: mapping values are not allowed in this context");
  EXPECT_EQ(message_of("a: 1\n---\nb: *x\n"), "line 3, column 4: unknown anchor \"x\"");
  EXPECT_EQ(message_of("é: .inf"),
            "line 1, column 4: infinity and NaN have no JSON form; quote the value to mean its text");
  EXPECT_EQ(message_of("a: !!int x"), "line 1, column 4: cannot read \"x\", a !!str, as a !!int");
  EXPECT_EQ(message_of("a:\n  ~: 1"), "line 2, column 3: a key must not be null; quote it to mean its text");
  EXPECT_EQ(message_of("a:\n- [b]: 1"), "line 2, column 3: a key must be a string, a number or a boolean");
  EXPECT_EQ(message_of("a: 1\n<<: 2"), "line 2, column 5: \"<<\" merges a mapping or a sequence of mappings");
}

TEST(Yaml, BytesThatAreNoTextAreErrorsWithTheirPosition) {
  EXPECT_EQ(message_of("a: 1\nb: \x01\n"), "line 2, column 4: control characters are not allowed");
  EXPECT_EQ(message_of("é: 1\né: \xff\n"), "line 2, column 4: invalid leading UTF-8 octet");
  EXPECT_EQ(message_of(std::string_view("a: \0b", 5)), "line 1, column 4: control characters are not allowed");
}

TEST(Yaml, ATabThatIndentsIsAnErrorWithTheFix) {
  EXPECT_EQ(message_of("a:\n\tb: 1\n"),
            "line 2, column 1: found character that cannot start any token (a tab; indent with spaces), while scanning "
            "for the next token");
}

TEST(Yaml, ADuplicateKeyIsAnErrorThatNamesBothPlaces) {
  EXPECT_EQ(message_of("a: 1\nb: 2\na: 3\n"), "line 3, column 1: the key \"a\" is there already, at line 1");
  EXPECT_EQ(message_of("{\"a\": 1,\n \"a\": 2}"), "line 2, column 2: the key \"a\" is there already, at line 1");
  EXPECT_EQ(message_of("yes: 1\n\"true\": 2"), "line 2, column 1: the key \"true\" is there already, at line 1");
}

TEST(Yaml, MembersKeepTheirOrder) {
  EXPECT_EQ(json::dump(*parse_document("z: 1\na: {x: 2, b: 3}\nm: 0")), R"({"z":1,"a":{"x":2,"b":3},"m":0})");
}

TEST(Yaml, EachDocumentTellsItsLine) {
  const auto documents = parse_documents_with_lines("# head\n\na: 1\n---\n# nothing\n---\n\n\nb: 2\n--- [c]\n---\n");
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 3U);
  EXPECT_EQ((*documents)[0].line, 3U);
  EXPECT_EQ((*documents)[1].line, 9U);
  EXPECT_EQ((*documents)[2].line, 10U);
}

TEST(Yaml, JsonTextsKeepTheirNumbersAndLines) {
  const auto documents = parse_documents_with_lines("{\"a\": 1.0}\n{\"a\":\n\t1e2}\n");
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ(json::dump((*documents)[0].value), R"({"a":1.0})");
  EXPECT_EQ(json::dump((*documents)[1].value), R"({"a":1e2})");
  EXPECT_EQ((*documents)[1].line, 2U);
}

TEST(Yaml, IsReadFromUtf16WithByteOrderMark) {
  const std::string_view big("\xFE\xFF\0a\0:\0 \0\xE9", 10);
  const std::string_view little(
      "\xFF\xFE"
      "a\0:\0 \0\xE9\0",
      10);
  EXPECT_EQ(json::dump(*parse_document(big)), "{\"a\":\"é\"}");
  EXPECT_EQ(json::dump(*parse_document(little)), "{\"a\":\"é\"}");
}

TEST(Yaml, OneDocumentIsExactlyOne) {
  EXPECT_EQ(json::dump(*parse_document("a: 1\n---\n# end\n")), R"({"a":1})");
  EXPECT_EQ(parse_document("# nothing").error().message, "the document is empty");
  EXPECT_EQ(parse_document("a: 1\n---\nb: 1").error().message,
            "line 3, column 1: one document is expected, and here starts another one");
}

TEST(Yaml, AliasesThatBlowADocumentUpAreAnError) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    std::string line = "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int n = 0; n < 9; ++n) line += ", " + alias;
    laughs += line + "]\n";
  }
  EXPECT_NE(message_of(laughs).find("aliases make this too large"), std::string::npos);
  std::string wide = "a: &a " + std::string(100'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 1000; ++i) wide += ", *a";
  EXPECT_NE(message_of(wide + "]").find("aliases make this too large"), std::string::npos);
}

TEST(Yaml, OrdinaryUseOfAliasesIsNoBlowUp) {
  std::string text = "base: &base {cpu: 1, memory: 64Mi}\nlist:\n";
  for (int i = 0; i < 10'000; ++i) text += "- {<<: *base, id: " + std::to_string(i) + "}\n";
  const auto document = parse_document(text);
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(json::dump(document->at("list").as_array().back()), R"({"cpu":1,"memory":"64Mi","id":9999})");
}

TEST(Yaml, NestingThatIsTooDeepIsAnError) {
  EXPECT_EQ(message_of(std::string(513, '[') + std::string(513, ']')),
            "line 1, column 513: nested deeper than 512 levels");
  EXPECT_TRUE(parse_document(std::string(512, '[') + std::string(512, ']')));
}

TEST(Yaml, HostileTextsAreReadInReasonableTime) {
  // Each of them takes very long where some step is quadratic in the length.
  const auto repeated = [](std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
  };
  for (const std::string& text :
       {repeated("[", 50'000), repeated("{", 50'000), repeated("- ", 50'000), repeated("? ", 50'000),
        repeated("a: ", 50'000), repeated("--- ", 50'000), repeated("---\n", 50'000), repeated("&a ", 50'000),
        repeated("!a ", 50'000), repeated("\"", 50'000), repeated("'", 50'001), repeated("# \n", 50'000),
        repeated(" ", 50'000), repeated("\n", 50'000), "a: |\n" + repeated("\n", 50'000), repeated("[a,", 50'000),
        repeated("%A b\n", 50'000), repeated("{\"a\":", 50'000), "[" + repeated("a: b, ", 50'000) + "]"}) {
    const auto documents = parse_documents(text);
    if (!documents) {
      EXPECT_TRUE(documents.error().message.starts_with("line ")) << documents.error().message;
    }
  }
  std::string keys = "k: 0\n";
  for (int i = 0; i < 50'000; ++i) keys += "k" + std::to_string(i) + ": " + std::to_string(i) + "\n";
  EXPECT_EQ(parse_document(keys)->as_object().size(), 50'001U);
}

TEST(YamlDump, WritesBlocksAsPeopleReadThem) {
  const json::Value value = *json::parse(R"({"apiVersion":"v1","metadata":{"name":"web","labels":{"a.b/c":"d"}},
      "data":{"run.sh":"#!/bin/sh\nexec x\n","keep":"a\n\n","open":"a\nb"},
      "args":["--port=80","-v",["x",[1]],{"a":1,"b":[]},{}],"num":1.50,"t":true,"none":null})");
  EXPECT_EQ(dump_yaml(value), R"(apiVersion: v1
metadata:
  name: web
  labels:
    a.b/c: d
data:
  run.sh: |
    #!/bin/sh
    exec x
  keep: |+
    a

  open: |-
    a
    b
args:
- --port=80
- -v
- - x
  - - 1
- a: 1
  b: []
- {}
num: 1.50
t: true
none: null
)");
}

TEST(YamlDump, QuotesWhatWouldBeReadAsSomethingElse) {
  const auto text_of = [](std::string_view text) { return dump_yaml(json::Value(text)); };
  for (const char* text :
       {"yes", "n",    "0644", "1e3",   "null", "~",   ".inf", "1_000", "0x1f", "2030-01-02", "12:30:45", "",  " a",
        "a ",  "a: b", "a #b", "# a",   "- a",  "? a", "[a]",  "{a}",   "*a",   "&a",         "!a",       "|", ">",
        "%a",  "@a",   "`a`",  "\"a\"", "<<",   "=",   "a:",   ":",     "-",    "---",        "..."}) {
    EXPECT_EQ(text_of(text), "'" + std::string(text) + "'\n");
  }
  EXPECT_EQ(text_of("it's: x"), "'it''s: x'\n");
  EXPECT_EQ(text_of("a\tb\x01\x7f\u2028\xC2\x85"), "\"a\\tb\\u0001\\x7f\\u2028\\x85\"\n");
  for (const char* text : {"a", "a b", "v1.2.3", "10.0.0.1", "a:b", "a#b", "é", "100m", "http://x/y?z=1", "-v", "it's",
                           "a,b", "/usr/bin", "$HOME", "(a)"}) {
    EXPECT_EQ(text_of(text), std::string(text) + "\n");
  }
}

TEST(YamlDump, AKeyOfAnyLengthIsReadBack) {
  json::Object object;
  object.set(std::string(5000, 'k'), json::Object{{"a", json::Array{1, json::Object{{"b", "c\nd\n"}}}}});
  object.set("x", 1);
  EXPECT_EQ(*parse_document(dump_yaml(object)), json::Value(object));
}

RC_GTEST_PROP(YamlDump, IsReadBackAsItWasWritten, (const json::Value& value)) {
  RC_PRE(!value.is_null());
  const auto back = parse_document(dump_yaml(value));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == value);
}

RC_GTEST_PROP(YamlDump, AnyTextIsReadBack, ()) {
  const std::string text = *json::any_text();
  const json::Value value = json::Object{{text, json::Array{text, json::Object{{"k", text}}}}};
  RC_ASSERT(*parse_document(dump_yaml(value)) == value);
}

RC_GTEST_PROP(YamlDump, BytesThatAreNoUtf8AreReplaced, (const std::string& bytes)) {
  RC_ASSERT(*parse_document(dump_yaml(json::Array{bytes})) == json::Value(json::Array{replace_invalid_utf8(bytes)}));
}

}  // namespace
}  // namespace threeport::base::yaml
