#include "base/yaml.h"

#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/yaml_scalar.h"

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

}  // namespace
}  // namespace threeport::base::yaml

namespace threeport::base::yaml {
namespace {

TEST(Yaml, ErrorsSayLineAndColumnOfTheWholeInput) {
  EXPECT_EQ(message_of("a: 1\n---\nb: [1, 2\nc: 3\n"),
            "line 4, column 2: did not find expected ',' or ']', while parsing a flow sequence that starts at line 3");
}

}  // namespace
}  // namespace threeport::base::yaml
