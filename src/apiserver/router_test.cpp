#include "apiserver/router.h"

#include <gtest/gtest.h>

namespace threeport::apiserver {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  void add(std::string_view method, std::string_view pattern) {
    router_.add(method, pattern, "", [](Call&) { return http::Response{}; });
  }
  /// "<pattern> [<parameters>]" of what handles the request; else "405 <allowed>" or "404".
  std::string find(std::string_view method, std::string_view path) {
    const Router::Match match = router_.find(method, path);
    if (match.handler == nullptr && match.deferred == nullptr) return match.path_known ? "405 " + match.allowed : "404";
    std::string out(match.pattern);
    for (const std::string& parameter : match.parameters) out += " [" + parameter + "]";
    return out;
  }

  Router router_;
};

TEST_F(RouterTest, AParameterStandsForOneSegmentPercentDecoded) {
  add("GET", "/v0/boxes/{}/logs");
  EXPECT_EQ(find("GET", "/v0/boxes/a%20b%2Fc/logs"), "/v0/boxes/{}/logs [a b/c]");
  EXPECT_EQ(find("GET", "/v0/boxes/a/b/logs"), "404");
  EXPECT_EQ(find("GET", "/v0/boxes//logs"), "404");
}

TEST_F(RouterTest, TheLiteralWinsAndIsGivenUpWhereItLeadsNowhere) {
  add("GET", "/v0/boxes/new");
  add("GET", "/v0/boxes/{}/logs");
  add("GET", "/v0/boxes/{}");
  EXPECT_EQ(find("GET", "/v0/boxes/new"), "/v0/boxes/new");
  EXPECT_EQ(find("GET", "/v0/boxes/new/logs"), "/v0/boxes/{}/logs [new]");
  EXPECT_EQ(find("GET", "/v0/boxes/7"), "/v0/boxes/{} [7]");
}

TEST_F(RouterTest, ASlashAtTheEndIsNoDifference) {
  add("GET", "/v0/boxes");
  EXPECT_EQ(find("GET", "/v0/boxes/"), "/v0/boxes");
  EXPECT_EQ(find("GET", "/v0/boxes//"), "404");
}

TEST_F(RouterTest, APathWithAnotherMethodNamesThoseThatItTakes) {
  add("GET", "/v0/boxes");
  add("POST", "/v0/boxes");
  EXPECT_EQ(find("DELETE", "/v0/boxes"), "405 GET, POST");
  EXPECT_EQ(find("DELETE", "/v0"), "404");
  EXPECT_EQ(find("GET", "v0/boxes"), "404");
}

TEST_F(RouterTest, KnowsAllRoutesInTheOrderOfTheirAddition) {
  router_.add("POST", "/b", "Makes b", [](Call&) { return http::Response{}; });
  router_.add_deferred("GET", "/a", "Reads a", [](const Call&, Reply) {});
  ASSERT_EQ(router_.routes().size(), 2U);
  EXPECT_EQ(router_.routes()[0].pattern, "/b");
  EXPECT_EQ(router_.routes()[1].operation.summary(), "Reads a");
}

}  // namespace
}  // namespace threeport::apiserver
