// Lists: pages, sizes and filters (v0-behaviour 1.3).
#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

class ListTest : public ::testing::Test {
 protected:
  /// Tiers t1 to tN with the criticality 1 to N.
  void add_tiers(int count) {
    for (int i = 1; i <= count; ++i) {
      plane_.create("tiers", R"({"Name":"t)" + std::to_string(i) + R"(","Criticality":)" + std::to_string(i) + "}");
    }
  }
  /// "<names> of <total>", or the error.
  std::string list(const std::string& query) {
    const Reply reply = plane_.call("GET", "/v0/tiers" + query);
    if (reply.status != 200) return std::to_string(reply.status) + " " + reply.error();
    return reply.names() + " of " + json::dump(reply.body.at("Meta", "TotalCount"));
  }

  ControlPlane plane_;
};

TEST_F(ListTest, AnEmptyListIsASuccessWithAnEmptyArray) {
  EXPECT_EQ(plane_.call("GET", "/v0/tiers").text,
            R"({"Meta":{"Page":1,"Size":50,"TotalCount":0},"Type":"Tier","Data":[],)"
            R"("Status":{"code":200,"message":"OK","error":""}})"
            "\n");
}

TEST_F(ListTest, HasFiftyObjectsAPageUnlessAskedOtherwise) {
  add_tiers(52);
  EXPECT_EQ(plane_.call("GET", "/v0/tiers").body.at("Data").as_array().size(), 50U);
  EXPECT_EQ(list("?page=2"), "t51,t52 of 52");
  EXPECT_EQ(plane_.call("GET", "/v0/tiers?size=-1").body.at("Data").as_array().size(), 52U);
}

TEST_F(ListTest, PagesAreInOrderOfIdAndEchoed) {
  add_tiers(5);
  EXPECT_EQ(list("?size=2"), "t1,t2 of 5");
  EXPECT_EQ(list("?size=2&page=3"), "t5 of 5");
  EXPECT_EQ(list("?size=2&page=4"), " of 5");
  const Reply reply = plane_.call("GET", "/v0/tiers?size=2&page=3");
  EXPECT_EQ(reply.body.at("Meta"), json::parse(R"({"Page":3,"Size":2,"TotalCount":5})").value());
}

TEST_F(ListTest, OddPagesAndSizesMeanWhatTheyMeantInV0) {
  add_tiers(2);
  EXPECT_EQ(list("?size=0"), " of 2");
  EXPECT_EQ(list("?size=-1&page=7"), "t1,t2 of 2");
  EXPECT_EQ(list("?page=0"), "t1,t2 of 2");
  EXPECT_EQ(list("?page=-1"), "t1,t2 of 2");
  for (const char* text : {"x", "-2", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(list(std::string("?page=") + text), "400 Query parameter is not a valid integer value: page") << text;
    EXPECT_EQ(list(std::string("?size=") + text), "400 Query parameter is not a valid integer value: size") << text;
  }
  EXPECT_EQ(list("?size=9223372036854775807&page=9223372036854775807"),
            "400 Query parameter is not a valid integer value: page");
}

TEST_F(ListTest, FiltersAreEqualityAndTogetherNarrowTheList) {
  add_tiers(3);
  EXPECT_EQ(list("?name=t2"), "t2 of 1");
  EXPECT_EQ(list("?criticality=2"), "t2 of 1");
  EXPECT_EQ(list("?name=t2&criticality=3"), " of 0");
}

TEST_F(ListTest, FilterNamesCompareWithoutCaseAndTheFirstOfTwoCounts) {
  add_tiers(2);
  EXPECT_EQ(list("?NAME=t2"), "t2 of 1");
  EXPECT_EQ(list("?name=t1&name=t2"), "t1 of 1");
}

TEST_F(ListTest, UnknownParametersAreIgnored) {
  add_tiers(1);
  EXPECT_EQ(list("?colour=red&id=77"), "t1 of 1");
}

TEST_F(ListTest, AFilterThatCannotBeReadIsRefused) {
  EXPECT_EQ(list("?criticality=high"), "400 query parameter criticality must be an integer, not \"high\"");
}

TEST_F(ListTest, AnErrorThatQuotesBrokenTextIsStillJson) {
  const Reply reply = plane_.call("GET", "/v0/tiers?criticality=%ff");
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.error().find("criticality"), std::string::npos);
  EXPECT_NE(plane_.call("GET", "/v0/tiers/%ff").error().find("\xEF\xBF\xBD"), std::string::npos);
}

TEST_F(ListTest, AScanningFilterCountsAndPagesLikeAnIndexedOne) {
  for (int i = 1; i <= 6; ++i) {
    plane_.create("tiers", R"({"Name":"t)" + std::to_string(i) + R"(","Criticality":)" + std::to_string(i % 2) + "}");
  }
  EXPECT_EQ(list("?criticality=1"), "t1,t3,t5 of 3");
  EXPECT_EQ(list("?criticality=1&size=1&page=2"), "t3 of 3");
  EXPECT_EQ(list("?criticality=1&size=0"), " of 3");
}

TEST_F(ListTest, FalseAndZeroAndEmptyAreValues) {
  plane_.create("kubernetes-runtime-definitions", R"({"Name":"a","InfraProvider":"kind","HighAvailability":true})");
  plane_.create("kubernetes-runtime-definitions", R"({"Name":"b","InfraProvider":"kind","NodeSize":""})");
  const auto names = [&](const std::string& query) {
    return plane_.call("GET", "/v0/kubernetes-runtime-definitions?" + query).names();
  };
  EXPECT_EQ(names("highavailability=false"), "b");
  EXPECT_EQ(names("highavailability="), "b");
  EXPECT_EQ(names("highavailability=1"), "a");
  EXPECT_EQ(names("nodesize="), "b");
  EXPECT_EQ(names("reconciled=false"), "a,b");
}

TEST_F(ListTest, ReconciledIsAFilterThoughItIsDerived) {
  plane_.create("workload-definitions", R"({"Name":"a","YAMLDocument":"a: 1","Reconciled":true})");
  plane_.create("workload-definitions", R"({"Name":"b","YAMLDocument":"a: 1"})");
  EXPECT_EQ(plane_.call("GET", "/v0/workload-definitions?reconciled=true").names(), "a");
}

TEST_F(ListTest, DeletedObjectsAreInNoList) {
  add_tiers(2);
  const auto first = plane_.call("GET", "/v0/tiers?name=t1").first().at("ID");
  plane_.call("DELETE", "/v0/tiers/" + json::dump(first));
  EXPECT_EQ(list(""), "t2 of 1");
}

TEST_F(ListTest, CarriesTheSequenceToWatchFrom) {
  add_tiers(1);
  const std::string before(plane_.call("GET", "/v0/tiers").headers.get("Threeport-Sequence"));
  add_tiers(0);
  plane_.create("profiles", R"({"Name":"p"})");
  const std::string after(plane_.call("GET", "/v0/tiers").headers.get("Threeport-Sequence"));
  EXPECT_EQ(std::stol(after), std::stol(before) + 1);
}

}  // namespace
}  // namespace threeport::testing
