// A kind that only this test knows goes through API, store, watch and command line.
#include <gtest/gtest.h>

#include "kinds/events.h"
#include "tests/integration/gadget.h"
#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class NewKindTest : public ::testing::Test {
 protected:
  json::Value call(std::string method, std::string target, std::string body = "", int expected = 200) {
    const Reply reply = plane_.call(std::move(method), std::move(target), std::move(body));
    EXPECT_EQ(reply.status, expected) << reply.text;
    return reply.body;
  }

  ControlPlane plane_{{.kinds = schema::describe_all<kinds::AttachedObjectReference, kinds::Event, Gadget>()}};
  Terminal terminal_{plane_};
};

TEST_F(NewKindTest, IsCreatedFilteredChangedAndDeletedOverTheApi) {
  const auto made = call("POST", "/v0/gadgets", R"({"Name":"g1","Color":"red"})", 201);
  EXPECT_EQ(made.at("Data").as_array()[0].at("Size"), json::Value(1));
  const std::string path = "/v0/gadgets/" + json::dump(made.at("Data").as_array()[0].at("ID"));
  EXPECT_EQ(call("GET", "/v0/gadgets?color=red").at("Meta", "TotalCount"), json::Value(1));
  EXPECT_EQ(call("GET", "/v0/gadgets?color=blue").at("Meta", "TotalCount"), json::Value(0));
  EXPECT_EQ(call("PATCH", path, R"({"Color":"blue"})").at("Data").as_array()[0].at("Generation"), json::Value(2));
  EXPECT_EQ(call("GET", "/gadgets/versions"), must(json::parse(R"({"API":"Gadget","Versions":["v0"]})")));
  call("DELETE", path);
  call("GET", path, "", 404);
}

TEST_F(NewKindTest, ItsRulesAreEnforced) {
  EXPECT_NE(call("POST", "/v0/gadgets", R"({"Name":"g1"})", 400)
                .at("Status", "error")
                .text()
                .find("Missing required field(s) : Color"),
            std::string::npos);
  EXPECT_NE(call("POST", "/v0/gadgets", R"({"Name":"g1","Color":"red","Size":10})", 400)
                .at("Status", "error")
                .text()
                .find("Size: it must be at most 9"),
            std::string::npos);
  EXPECT_NE(call("POST", "/v0/gadgets", R"({"Name":"Not A Name","Color":"red"})", 400)
                .at("Status", "error")
                .text()
                .find("Name"),
            std::string::npos);
  call("POST", "/v0/gadgets", R"({"Name":"g1","Color":"red"})", 201);
  call("POST", "/v0/gadgets", R"({"Name":"g1","Color":"red"})", 409);
}

TEST_F(NewKindTest, ItsVersionsAreETags) {
  call("POST", "/v0/gadgets", R"({"Name":"g1","Color":"red"})", 201);
  const std::string change = R"({"Color":"blue"})";
  EXPECT_EQ(plane_.call("PATCH", "/v0/gadgets/1", change, {{"If-Match", "\"7\""}}).status, 412);
  const Reply changed = plane_.call("PATCH", "/v0/gadgets/1", change, {{"If-Match", "\"1\""}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.headers.get("ETag"), "\"2\"");
}

TEST_F(NewKindTest, IsWatched) {
  call("POST", "/v0/gadgets", R"({"Name":"g1","Color":"red"})", 201);
  EXPECT_EQ(plane_.watch("/v0/gadgets?watch=true&color=red",
                         {[] {}, [&] { call("PATCH", "/v0/gadgets/1", R"({"Size":2})"); },
                          [&] { call("PATCH", "/v0/gadgets/1", R"({"Color":"blue"})"); }}),
            (std::vector<std::string>{"created g1", "synced", "updated g1", "removed g1"}));
}

TEST_F(NewKindTest, IsInTheOpenApiDocument) {
  const auto document = call("GET", "/openapi.json");
  EXPECT_TRUE(document.at("paths").find("/v0/gadgets/{id}") != nullptr);
  EXPECT_EQ(document.at("components", "schemas", "GadgetCreate", "properties", "Size").at("maximum"), 9);
}

TEST_F(NewKindTest, IsDrivenByTheCommandLine) {
  terminal_.write("gadget.yaml", "Gadget:\n  Name: g1\n  Color: red\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "gadget.yaml"}), "gadget/g1 created\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "gadget.yaml"}), "gadget/g1 unchanged\n");
  EXPECT_EQ(terminal_.print({"get", "gadgets"}),
            "NAME  COLOR  SIZE  AGE\n"
            "g1    red    1     0s\n");
  EXPECT_NE(terminal_.print({"describe", "gad", "g1"}).find("Color:"), std::string::npos);
  EXPECT_EQ(terminal_.print({"delete", "gadget", "g1"}), "gadget/g1  deleted\n");
  EXPECT_EQ(terminal_.print({"get", "gadgets"}), "Info: there are no gadgets\n");
}

}  // namespace
}  // namespace threeport::testing
