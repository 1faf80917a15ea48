#include "apiserver/openapi.h"

#include <set>

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

class OpenApiTest : public ::testing::Test {
 protected:
  OpenApiTest() : document_(plane_.call("GET", "/openapi.json").body) {}

  /// Calls `visit` for each "$ref" below.
  static void each_reference(const json::Value& value, const std::function<void(std::string_view)>& visit) {
    if (const json::Array* elements = value.if_array()) {
      for (const json::Value& element : *elements) each_reference(element, visit);
    }
    const json::Object* members = value.if_object();
    if (members == nullptr) return;
    for (const json::Member& member : *members) {
      if (member.key == "$ref") visit(member.value.text());
      each_reference(member.value, visit);
    }
  }
  [[nodiscard]] const json::Value& operation(std::string_view path, std::string_view method) const {
    return document_.at("paths", path, method);
  }

  ControlPlane plane_{{.extend = [](apiserver::ApiServer& server) {
    server.router().add("POST", "/v0/workload-instances/{}/rollback", "Goes back",
                        [](apiserver::Call&) { return http::Response{}; });
  }}};
  json::Value document_;
};

TEST_F(OpenApiTest, IsAnOpenApiDocumentOfThisVersion) {
  EXPECT_EQ(document_.at("openapi"), "3.1.0");
  EXPECT_EQ(document_.at("info", "version"), "v0.0.0-test");
}

TEST_F(OpenApiTest, HasEveryRouteOfTheServerWithASummaryAndAnAnswer) {
  for (const apiserver::Router::Route& route : plane_.server().router().routes()) {
    std::string path = route.pattern;
    if (const std::size_t at = path.find("{}"); at != std::string::npos) path.replace(at, 2, "{id}");
    const json::Value& found = operation(path, base::lower(route.method));
    EXPECT_FALSE(found.at("summary").text().empty()) << route.method << " " << route.pattern;
    EXPECT_FALSE(found.at("responses").as_object().empty()) << route.method << " " << route.pattern;
    if (path != route.pattern) {
      EXPECT_EQ(found.at("parameters").as_array()[0].at("name"), "id") << path;
    }
  }
  EXPECT_EQ(operation("/v0/workload-instances/{id}/rollback", "post").at("summary"), "Goes back");
}

TEST_F(OpenApiTest, EveryReferenceLeadsSomewhere) {
  int count = 0;
  each_reference(document_, [&](std::string_view reference) {
    ++count;
    const json::Value* at = &document_;
    std::string_view rest = reference.substr(2);  // after "#/"
    while (!rest.empty()) {
      const std::size_t slash = rest.find('/');
      at = &at->at(rest.substr(0, slash));
      rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    }
    EXPECT_TRUE(at->is_object()) << reference;
  });
  EXPECT_GT(count, 100);
}

TEST_F(OpenApiTest, OperationIdsAreUnique) {
  std::set<std::string_view> ids;
  for (const json::Member& path : document_.at("paths").as_object()) {
    for (const json::Member& method : path.value.as_object()) {
      const std::string_view id = method.value.at("operationId").text();
      if (id.empty()) continue;
      EXPECT_TRUE(ids.insert(id).second) << id;
    }
  }
  EXPECT_TRUE(ids.contains("createWorkloadInstance"));
}

TEST_F(OpenApiTest, SchemasCarryTheRulesOfTheTables) {
  const json::Value& runtime = document_.at("components", "schemas", "KubernetesRuntimeDefinitionCreate");
  EXPECT_EQ(runtime.at("required"), json::parse(R"(["Name","InfraProvider"])").value());
  EXPECT_EQ(runtime.at("properties", "InfraProvider", "enum"), json::parse(R"(["kind","eks","kubeconfig"])").value());
  EXPECT_EQ(runtime.at("properties", "NodeMaximum", "default"), 250);
  EXPECT_EQ(runtime.at("properties", "Generation", "readOnly"), true);
}

TEST_F(OpenApiTest, WhatPostAloneTakesIsNotInTheBodyOfPatch) {
  const json::Value& body = operation("/v0/workload-definitions/{id}", "patch").at("requestBody", "content");
  EXPECT_EQ(body.at("application/json", "schema", "$ref"), "#/components/schemas/WorkloadDefinitionPatch");
  EXPECT_TRUE(body.at("application/merge-patch+json").is_object());
  const json::Value& properties = document_.at("components", "schemas", "WorkloadDefinitionPatch", "properties");
  EXPECT_NE(properties.find("YAMLDocument"), nullptr);
  EXPECT_EQ(properties.find("TierID"), nullptr);
  EXPECT_EQ(properties.find("ID"), nullptr);
}

TEST_F(OpenApiTest, ListsHaveTheirFiltersAsParameters) {
  std::set<std::string_view> names;
  for (const json::Value& parameter : operation("/v0/tiers", "get").at("parameters").as_array())
    names.insert(parameter.at("name").text());
  EXPECT_EQ(names, (std::set<std::string_view>{"page", "size", "name", "criticality", "cursor", "watch", "since",
                                               "Last-Event-ID", "pretty"}));
}

TEST_F(OpenApiTest, ChangesTakeTheVersionAndAnswerIt) {
  const json::Value& patch = operation("/v0/tiers/{id}", "patch");
  EXPECT_NE(json::dump(patch.at("parameters")).find("If-Match"), std::string::npos);
  EXPECT_TRUE(patch.at("responses", "200", "headers", "ETag").is_object());
  for (const char* status : {"400", "404", "409", "412"})
    EXPECT_EQ(patch.at("responses", status, "$ref"), "#/components/responses/Failure") << status;
}

TEST_F(OpenApiTest, FailuresAreEnvelopes) {
  const json::Value& schema =
      document_.at("components", "responses", "Failure", "content", "application/json", "schema");
  EXPECT_EQ(schema.at("$ref"), "#/components/schemas/Failure");
  EXPECT_EQ(document_.at("components", "schemas", "Failure", "required"),
            json::parse(R"(["Meta","Type","Data","Status"])").value());
}

TEST_F(OpenApiTest, TheDocumentIsAlsoUnderThePathOfV0) {
  EXPECT_EQ(plane_.call("GET", "/swagger/doc.json").body, document_);
}

TEST_F(OpenApiTest, ThePageAsksForNothingFromElsewhere) {
  for (const char* path : {"/docs", "/swagger/index.html", "/docs/page.css", "/docs/page.js"}) {
    const Reply page = plane_.call("GET", path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_TRUE(page.headers.get("Content-Security-Policy").starts_with("default-src 'none';")) << path;
    EXPECT_EQ(page.text.find("://"), std::string::npos) << path;
  }
  EXPECT_EQ(plane_.call("GET", "/docs").headers.get("Content-Type"), "text/html; charset=utf-8");
}

TEST_F(OpenApiTest, WhatControllersMakeHasNoOperationsThatWrite) {
  EXPECT_EQ(operation("/v0/revisions", "post"), json::Value::null());
  EXPECT_EQ(operation("/v0/revisions/{id}", "patch"), json::Value::null());
  EXPECT_TRUE(operation("/v0/revisions/{id}", "delete").is_object());
}

}  // namespace
}  // namespace threeport::testing
