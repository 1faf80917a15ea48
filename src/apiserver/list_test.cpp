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

  /// "<names> of <total>, page <page>"; the cursor that leads on is `cursor_`.
  std::string next(const std::string& query) {
    const Reply reply = plane_.call("GET", "/v0/tiers" + query);
    cursor_ = reply.headers.get("Threeport-Next-Cursor");
    return list(query) + ", page " + json::dump(reply.body.at("Meta", "Page"));
  }

  ControlPlane plane_;
  std::string cursor_;
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

TEST_F(ListTest, GoesOnWhereTheCursorSaysWhateverComesAndGoes) {
  add_tiers(7);
  EXPECT_EQ(next("?size=3"), "t1,t2,t3 of 7, page 1");
  plane_.call("DELETE", "/v0/tiers/" + json::dump(plane_.call("GET", "/v0/tiers?name=t2").first().at("ID")));
  plane_.call("DELETE", "/v0/tiers/" + json::dump(plane_.call("GET", "/v0/tiers?name=t3").first().at("ID")));
  EXPECT_EQ(next("?size=3&cursor=" + cursor_), "t4,t5,t6 of 7, page 2");
  plane_.create("tiers", R"({"Name":"t8","Criticality":8})");
  EXPECT_EQ(next("?size=3&cursor=" + cursor_), "t7,t8 of 7, page 3");
  EXPECT_EQ(cursor_, "");
}

TEST_F(ListTest, ThePageThatEndsTheListHasNoCursor) {
  add_tiers(4);
  EXPECT_EQ(next("?size=2"), "t1,t2 of 4, page 1");
  EXPECT_EQ(next("?size=2&cursor=" + cursor_), "t3,t4 of 4, page 2");
  EXPECT_EQ(cursor_, "");
  next("?size=4");
  EXPECT_EQ(cursor_, "");
  next("?size=-1");
  EXPECT_EQ(cursor_, "");
  next("?size=0");
  EXPECT_EQ(cursor_, "");
}

TEST_F(ListTest, ACursorFollowsAPageNumberToo) {
  add_tiers(5);
  EXPECT_EQ(next("?size=2&page=2"), "t3,t4 of 5, page 2");
  EXPECT_EQ(next("?size=1&cursor=" + cursor_), "t5 of 5, page 3") << "the size may change";
}

TEST_F(ListTest, CursorsGoWithFiltersThatScanAndThoseThatDoNot) {
  for (int i = 1; i <= 6; ++i) {
    plane_.create("tiers", R"({"Name":"t)" + std::to_string(i) + R"(","Criticality":)" + std::to_string(i % 2) + "}");
  }
  EXPECT_EQ(next("?criticality=1&size=2"), "t1,t3 of 3, page 1");
  EXPECT_EQ(next("?criticality=1&size=2&cursor=" + cursor_), "t5 of 3, page 2");
  EXPECT_EQ(cursor_, "");
  const auto definition = plane_.create("workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1"})");
  for (int i = 1; i <= 3; ++i) {
    plane_.create("workload-resource-definitions",
                  R"({"JSONDefinition":{},"WorkloadDefinitionID":)" + std::to_string(definition) + "}");
  }
  const std::string indexed =
      "/v0/workload-resource-definitions?size=2&workloaddefinitionid=" + std::to_string(definition);
  const Reply first = plane_.call("GET", indexed);
  const Reply second =
      plane_.call("GET", indexed + "&cursor=" + std::string(first.headers.get("Threeport-Next-Cursor")));
  EXPECT_EQ(second.body.at("Data").as_array().size(), 1U);
  EXPECT_EQ(second.body.at("Meta"), json::parse(R"({"Page":2,"Size":2,"TotalCount":3})").value());
}

TEST_F(ListTest, AnEmptyCursorIsTheBeginning) {
  add_tiers(2);
  EXPECT_EQ(next("?size=1&cursor="), "t1 of 2, page 1");
}

TEST_F(ListTest, ACursorThatWasNotGivenOutIsRefused) {
  add_tiers(2);
  for (const char* text : {"x", "1", "1.2", "1.2.3.4", "1.2.x", "-1.2.3", "01.2.3", "1.2.3%20", "1..3",
                           "99999999999999999999.1.1", "1.9999999999999999.1"}) {
    EXPECT_EQ(list(std::string("?cursor=") + text).substr(0, 28), "400 cursor must be what the ") << text;
  }
  EXPECT_EQ(list("?cursor=2.1.2&page=2"), "400 cursor and page exclude each other: leave page out");
  EXPECT_EQ(list("?cursor=2.1.2&size=9223372036854775807"), "t2 of 2");
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
