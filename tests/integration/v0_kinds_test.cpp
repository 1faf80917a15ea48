// What is special about single kinds of the v0 API, over a real socket. What all kinds share is the wire test's.
#include <gtest/gtest.h>

#include "apiserver/api_server.h"
#include "controllers/all.h"
#include "http/client.h"
#include "kinds/registry.h"
#include "tests/support/world.h"

namespace threeport::testing {
namespace {

class V0KindsTest : public ::testing::Test {
 protected:
  V0KindsTest() {
    controllers::add_hooks(objects_);
    must(server_.start({}));
    client_ = must(http::Client::make({.base_url = "http://127.0.0.1:" + std::to_string(server_.port())}));
  }
  ~V0KindsTest() override { server_.stop(); }

  json::Value call(std::string method, std::string target, const json::Value& body = {}, int expected = 200) {
    http::Call call;
    call.method = std::move(method);
    call.target = std::move(target);
    if (!body.is_null()) call.body = json::dump(body);
    const http::Response response = must(client_->call(call));
    EXPECT_EQ(response.status, expected) << call.method << " " << call.target << ": " << response.body;
    return must(json::parse(response.body));
  }
  /// The only object of an answer.
  static json::Value only(const json::Value& answer) {
    const json::Array* data = answer.at("Data").if_array();
    if (data == nullptr || data->size() != 1) throw std::runtime_error("not one object: " + json::dump(answer));
    return data->front();
  }
  json::Value post(const std::string& path, const json::Value& body) { return only(call("POST", path, body, 201)); }
  json::Value get(const std::string& path, const json::Value& object) { return only(call("GET", at(path, object))); }
  static std::string at(const std::string& path, const json::Value& object) {
    return path + "/" + json::dump(object.at("ID"));
  }
  std::size_t count(const std::string& target) { return call("GET", target).at("Data").as_array().size(); }
  /// The text of the 400 or 409.
  std::string refusal(const std::string& method, const std::string& target, const json::Value& body, int status = 400) {
    return std::string(call(method, target, body, status).at("Status", "error").text());
  }

  schema::Registry registry_{kinds::all()};
  base::Keyring keyring_ = base::Keyring::generate();
  std::unique_ptr<store::Store> store_ = must(store::open("sqlite::memory:", base::system_clock()));
  apiserver::Objects objects_{*store_, registry_, keyring_, base::system_clock()};
  apiserver::ApiServer server_{objects_, "test"};
  std::unique_ptr<http::Client> client_;
};

TEST_F(V0KindsTest, DataOfASecretIsEncryptedAndAnsweredOnceOnly) {
  const std::string path = "/v0/secret-definitions";
  const auto made = post(path, json::Object{{"Name", "s"}, {"Data", json::Object{{"user", "me"}, {"password", "pw"}}}});
  const std::string shown(made.at("Data", "password").text());
  EXPECT_GT(shown.size(), 30U);
  EXPECT_EQ(shown.find(':'), std::string::npos) << "without the id of the key";

  EXPECT_TRUE(get(path, made).at("Data").is_null());
  EXPECT_TRUE(only(call("GET", path + "?name=s")).at("Data").is_null());
  EXPECT_TRUE(only(call("PATCH", at(path, made), json::Object{{"Reconciled", true}})).at("Data").is_null());
  const json::Value replacement = json::Object{{"Name", "s"}, {"Data", json::Object{{"password", "other"}}}};
  EXPECT_TRUE(only(call("PUT", at(path, made), replacement)).at("Data").is_null());

  const auto id = made.at("ID").as_int().value();
  const auto stored = must(objects_.get("SecretDefinition", id)).data.at("Data");
  EXPECT_EQ(must(objects_.reveal(stored.at("password").text())), "other");
  EXPECT_TRUE(stored.at("user").is_null());
  EXPECT_TRUE(refusal("GET", path + "?data=x", {}).starts_with("query parameter data cannot be a filter"));
}

TEST_F(V0KindsTest, APatchThatRepeatsTheValuesOfASecretIsNoChange) {
  const std::string path = "/v0/secret-definitions";
  const json::Value data = json::Object{{"password", "pw"}};
  const auto made = post(path, json::Object{{"Name", "s"}, {"Data", data}});
  const auto same = only(call("PATCH", at(path, made), json::Object{{"Data", data}}));
  EXPECT_EQ(same.at("Generation"), json::Value(1));
  const auto changed = only(call("PATCH", at(path, made), json::Object{{"Data", json::Object{{"password", "new"}}}}));
  EXPECT_EQ(changed.at("Generation"), json::Value(2));
}

TEST_F(V0KindsTest, DataOfASecretIsAnObjectOfStringsElseNothingIsMade) {
  const std::string path = "/v0/secret-definitions";
  const json::Array wrong{"text",
                          5,
                          true,
                          json::Array{"a"},
                          json::Object{{"k", 5}},
                          json::Object{{"k", nullptr}},
                          json::Object{{"k", json::Object{{"deeper", "v"}}}}};
  for (const json::Value& data : wrong)
    EXPECT_NE(refusal("POST", path, json::Object{{"Name", "s"}, {"Data", data}}).find("Data"), std::string::npos);
  EXPECT_EQ(count(path), 0U);
}

class ControlPlaneKindsTest : public V0KindsTest {
 protected:
  json::Value instance(std::string name, json::Object more = {}) {
    json::Object body{{"Name", std::move(name)},
                      {"Namespace", "cp"},
                      {"KubernetesRuntimeInstanceID", runtime_.at("ID")},
                      {"ControlPlaneDefinitionID", definition_.at("ID")}};
    for (const json::Member& member : more) body.set(member.key, member.value);
    return body;
  }

  const std::string path_ = "/v0/control-plane-instances";
  json::Value runtime_definition_ =
      post("/v0/kubernetes-runtime-definitions", json::Object{{"Name", "k"}, {"InfraProvider", "kind"}});
  json::Value runtime_ =
      post("/v0/kubernetes-runtime-instances",
           json::Object{
               {"Name", "k"}, {"Location", "Local"}, {"KubernetesRuntimeDefinitionID", runtime_definition_.at("ID")}});
  json::Value definition_ = post("/v0/control-plane-definitions", json::Object{{"Name", "d"}});
};

TEST_F(ControlPlaneKindsTest, GetFillsInParentAndChildren) {
  const auto parent = post(path_, instance("parent"));
  EXPECT_TRUE(parent.at("Children").is_null()) << "only GET fills in";
  EXPECT_EQ(get(path_, parent).at("Children"), json::Value(json::Array{}));
  EXPECT_TRUE(get(path_, parent).at("Parent").is_null());

  const auto child = post(path_, instance("child", {{"ParentControlPlaneInstanceID", parent.at("ID")}}));
  EXPECT_EQ(get(path_, child).at("Parent", "Name"), json::Value("parent"));
  const auto shown = get(path_, parent).at("Children").as_array();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].at("Name"), json::Value("child"));
  EXPECT_TRUE(shown[0].at("Parent").is_null()) << "one level deep";
  EXPECT_TRUE(shown[0].at("Generation").is_null()) << "v0 does not know it";
  const json::Value list = call("GET", path_);
  for (const json::Value& listed : list.at("Data").as_array()) EXPECT_TRUE(listed.at("Children").is_array());

  call("DELETE", at(path_, child) + "?abandon=true");
  EXPECT_EQ(get(path_, parent).at("Children"), json::Value(json::Array{}));
}

TEST_F(ControlPlaneKindsTest, ComponentsAreMadeWithTheirControlPlaneAndGoWithIt) {
  const json::Array components{
      json::Object{{"Name", "rest-api"}, {"ImageTag", "v1"}, {"ImageRepo", ""}, {"ID", 7}, {"NoSuchMember", 1}},
      json::Object{{"Name", "agent"}, {"Enabled", false}}};
  const auto made = post(path_, instance("a", {{"CustomComponentInfo", components}}));
  const auto& echoed = made.at("CustomComponentInfo").as_array();
  ASSERT_EQ(echoed.size(), 2U);
  EXPECT_EQ(echoed[0].at("ControlPlaneInstanceID"), made.at("ID"));
  EXPECT_NE(echoed[0].at("ID"), json::Value(7));
  EXPECT_TRUE(echoed[0].at("ImageRepo").is_null()) << "an empty text is absent";
  EXPECT_EQ(get(path_, made).at("CustomComponentInfo"), made.at("CustomComponentInfo"));

  call("PATCH", at(path_, made), json::Object{{"Genesis", true}, {"CustomComponentInfo", json::Array{}}});
  EXPECT_EQ(get(path_, made).at("CustomComponentInfo"), made.at("CustomComponentInfo")) << "nested lists are ignored";
  EXPECT_EQ(refusal("POST", path_, instance("b", {{"CustomComponentInfo", json::Array{json::Object{{"Name", ""}}}}})),
            "CustomComponentInfo: Missing required field(s) : Name");
  EXPECT_EQ(count(path_), 1U);

  EXPECT_EQ(call("GET", "/v0/control-plane-components", {}, 404).at("message"), json::Value("Not Found"));
  call("DELETE", at(path_, made) + "?abandon=true");
  EXPECT_TRUE(must(objects_.list("ControlPlaneComponent")).empty());
}

TEST_F(ControlPlaneKindsTest, AParentCanBeMadeWithItsChild) {
  const auto child = post(path_, instance("child", {{"Parent", instance("parent")}}));
  EXPECT_EQ(child.at("Parent", "Name"), json::Value("parent"));
  EXPECT_EQ(child.at("ParentControlPlaneInstanceID"), child.at("Parent", "ID"));
  EXPECT_EQ(get(path_, child).at("Parent", "ID"), child.at("Parent", "ID"));
}

TEST_F(V0KindsTest, PortsAreMadeWithTheirGatewayAndGoWithIt) {
  const std::string path = "/v0/gateway-definitions";
  const auto made =
      post(path, json::Object{{"Name", "g"},
                              {"HttpPorts", json::Array{json::Object{{"Port", 80}}}},
                              {"TcpPorts", json::Array{json::Object{{"Port", 5432}, {"TLSEnabled", true}}}}});
  ASSERT_EQ(made.at("HttpPorts").as_array().size(), 1U);
  EXPECT_EQ(made.at("HttpPorts").as_array()[0].at("Path"), json::Value("/")) << "defaults are filled in";
  EXPECT_TRUE(get(path, made).at("HttpPorts").is_null());
  const std::string of_gateway = "?gatewaydefinitionid=" + json::dump(made.at("ID"));
  EXPECT_EQ(count("/v0/gateway-http-ports" + of_gateway), 1U);
  EXPECT_EQ(count("/v0/gateway-tcp-ports" + of_gateway), 1U);
  EXPECT_EQ(refusal("POST", path, json::Object{{"Name", "h"}, {"HttpPorts", json::Array{json::Object{{"Path", "/"}}}}}),
            "HttpPorts: Missing required field(s) : Port");
  EXPECT_NE(refusal("GET", path + "?httpports=80", {}).find("cannot be a filter"), std::string::npos);
  call("DELETE", at(path, made) + "?abandon=true");
  EXPECT_EQ(count("/v0/gateway-http-ports"), 0U);
  EXPECT_EQ(count("/v0/gateway-tcp-ports"), 0U);
}

TEST_F(V0KindsTest, PortsOfAGatewayFollowItsDocument) {
  const auto apply = [&](const json::Array& ports, int expected = 200) {
    json::Object gateway{{"Name", "g"}};
    if (!ports.empty()) gateway.set("HttpPorts", ports);
    const json::Value document = json::Object{{"GatewayDefinition", std::move(gateway)}};
    return call("POST", "/v0/apply", json::Object{{"Documents", json::Array{document}}}, expected);
  };
  const auto change = [&](const json::Array& ports) { return only(apply(ports)).at("Changes").as_array().at(0); };
  const auto ports = [&] { return call("GET", "/v0/gateway-http-ports").at("Data").as_array(); };
  const json::Value http = json::Object{{"Port", 80}};
  const json::Value https = json::Object{{"Port", 443}, {"TLSEnabled", true}};

  EXPECT_EQ(change({http, https}).at("Action"), json::Value("Create"));
  const auto made = ports();
  ASSERT_EQ(made.size(), 2U);
  call("PATCH", "/v0/gateway-definitions/" + json::dump(made[0].at("GatewayDefinitionID")),
       json::Object{{"Reconciled", true}});
  EXPECT_EQ(change({https, http}).at("Action"), json::Value("None")) << "the order says nothing";
  EXPECT_EQ(ports(), made);

  const auto changed = change({http, json::Object{{"Port", 8443}}});
  EXPECT_EQ(changed.at("Action"), json::Value("Update"));
  EXPECT_EQ(changed.at("Members").as_array().at(0).at("Member"), json::Value("HttpPorts"));
  ASSERT_EQ(ports().size(), 2U);
  EXPECT_EQ(ports()[0], made[0]) << "what is equal stays";
  EXPECT_EQ(ports()[1].at("Port"), json::Value(8443));
  EXPECT_EQ(only(call("GET", "/v0/gateway-definitions")).at("Reconciled"), json::Value(false));

  apply({json::Object{{"Prot", 80}}}, 400);
  change({});
  EXPECT_TRUE(ports().empty());
}

TEST_F(V0KindsTest, FiltersThatV0NamesWronglyAnswerToBothNames) {
  const auto definition = post("/v0/terraform-definitions", json::Object{{"Name", "d"}, {"ConfigDir", "resource {}"}});
  const json::Value id = definition.at("ID");
  post("/v0/terraform-instances",
       json::Object{{"Name", "a"}, {"AwsAccountID", 7}, {"TerraformDefinitionID", id}, {"VarsDocument", "x = 1"}});
  for (const char* name : {"workloaddefinitionid", "terraformdefinitionid", "TerraformDefinitionID"}) {
    EXPECT_EQ(count(std::string("/v0/terraform-instances?") + name + "=" + json::dump(id)), 1U) << name;
    EXPECT_EQ(count(std::string("/v0/terraform-instances?") + name + "=999"), 0U) << name;
  }
}

TEST_F(V0KindsTest, DocumentsOfTerraformAreEncrypted) {
  const auto definition = post("/v0/terraform-definitions", json::Object{{"Name", "d"}, {"ConfigDir", "resource {}"}});
  const std::string path = "/v0/terraform-instances";
  const auto made = post(path, json::Object{{"Name", "a"},
                                            {"AwsAccountID", 7},
                                            {"TerraformDefinitionID", definition.at("ID")},
                                            {"VarsDocument", "x = 1"}});
  call("PATCH", at(path, made), json::Object{{"StateDocument", "{}"}, {"Outputs", "{\"a\":1}"}});
  const auto stored = must(objects_.get("TerraformInstance", made.at("ID").as_int().value())).data;
  const auto shown = get(path, made);
  for (const auto& [member, plain] : std::map<std::string, std::string>{
           {"VarsDocument", "x = 1"}, {"StateDocument", "{}"}, {"Outputs", "{\"a\":1}"}}) {
    EXPECT_EQ(must(objects_.reveal(stored.at(member).text())), plain) << member;
    EXPECT_TRUE(stored.at(member).text().ends_with(shown.at(member).text())) << member;
    EXPECT_EQ(shown.at(member).text().find(plain), std::string_view::npos) << member;
  }
}

TEST_F(V0KindsTest, AnAwsAccountGetsAnExternalIdOfItsOwn) {
  const std::string path = "/v0/aws-accounts";
  const json::Value body =
      json::Object{{"Name", "a"}, {"AccountID", "1"}, {"DefaultRegion", "us-east-1"}, {"ExternalId", "mine"}};
  const auto made = post(path, body);
  const std::string id(made.at("ExternalId").text());
  EXPECT_EQ(id.size(), 36U) << id;
  const auto put =
      only(call("PUT", at(path, made), json::Object{{"Name", "a"}, {"AccountID", "2"}, {"DefaultRegion", "r"}}));
  EXPECT_EQ(put.at("AccountID"), json::Value("2"));
  EXPECT_EQ(put.at("ExternalId"), json::Value(id));
  EXPECT_EQ(only(call("PATCH", at(path, made), json::Object{{"ExternalId", "x"}})).at("ExternalId"), json::Value("x"));
}

TEST_F(V0KindsTest, AnAwsAccountHasBothAccessKeysOrNone) {
  const std::string path = "/v0/aws-accounts";
  json::Object body{{"Name", "a"}, {"AccountID", "1"}, {"DefaultRegion", "us-east-1"}, {"AccessKeyID", "AKIA"}};
  EXPECT_TRUE(refusal("POST", path, body).starts_with("SecretAccessKey is missing"));
  body.set("SecretAccessKey", "key");
  const auto made = post(path, body);
  EXPECT_NE(made.at("AccessKeyID"), json::Value("AKIA"));
  EXPECT_NE(made.at("SecretAccessKey"), json::Value("key"));
}

TEST_F(V0KindsTest, OnlySupportedVersionsOfDatabasesAreTaken) {
  json::Object body{{"Name", "d"},         {"Engine", "postgres"},      {"EngineVersion", "15.5"},
                    {"DatabaseName", "n"}, {"DatabasePort", 5432},      {"MachineSize", "Small"},
                    {"StorageGb", 20},     {"WorkloadSecretName", "s"}, {"AwsAccountID", 1}};
  const std::string path = "/v0/aws-relational-database-definitions";
  EXPECT_TRUE(refusal("POST", path, body).starts_with("EngineVersion: 15.5 is not a supported version of postgres"));
  body.set("Engine", "oracle");
  EXPECT_TRUE(refusal("POST", path, body).starts_with("Engine: oracle is not valid"));
  body.set("Engine", "mariadb");
  body.set("EngineVersion", "10.11");
  EXPECT_EQ(post(path, body).at("BackupDays"), json::Value(0));
}

TEST_F(V0KindsTest, AModuleStaysWhileItHasRoutesAndPathsAreUnique) {
  const auto module = post("/v0/module-apis", json::Object{{"Name", "m"}, {"Endpoint", "m.svc"}});
  const json::Value route = json::Object{{"Path", "/m/v0"}, {"ModuleApiID", module.at("ID")}};
  const auto made = post("/v0/module-api-routes", route);
  EXPECT_NE(refusal("POST", "/v0/module-api-routes", route, 409).find("/m/v0"), std::string::npos);
  EXPECT_EQ(refusal("DELETE", at("/v0/module-apis", module), {}, 409),
            "module api has related module api routes - cannot be deleted");
  EXPECT_EQ(count("/v0/module-api-routes?path=/m/v0&moduleapiid=" + json::dump(module.at("ID"))), 1U);
  call("DELETE", at("/v0/module-api-routes", made));
  post("/v0/module-api-routes", route);
}

TEST_F(V0KindsTest, ADomainNameDefinitionKeepsItsReconciledAsAPlainValueAndGoesAtOnce) {
  const std::string path = "/v0/domain-name-definitions";
  const auto made = post(path, json::Object{{"Name", "d"}, {"Domain", "a.b"}, {"Zone", "z"}, {"AdminEmail", "me@a.b"}});
  EXPECT_EQ(made.at("Reconciled"), json::Value(false));
  EXPECT_EQ(only(call("PATCH", at(path, made), json::Object{{"Reconciled", true}})).at("Reconciled"),
            json::Value(true));
  EXPECT_EQ(only(call("PATCH", at(path, made), json::Object{{"Zone", "y"}})).at("Reconciled"), json::Value(true));
  EXPECT_EQ(count(path + "?reconciled=true"), 1U);
  EXPECT_FALSE(only(call("DELETE", at(path, made))).at("DeletedAt").is_null());
  call("GET", at(path, made), {}, 404);
}

TEST_F(V0KindsTest, EventsOfAHelmWorkloadAreDeletedByItsId) {
  const auto event = [](json::Value id) {
    return json::Object{{"RuntimeEventUID", "u"},
                        {"Type", "Normal"},
                        {"Reason", "R"},
                        {"Message", "m"},
                        {"Timestamp", "2030-01-02T03:04:05Z"},
                        {"HelmWorkloadInstanceID", id}};
  };
  post("/v0/workload-events", event(5));
  post("/v0/workload-events", event(6));
  EXPECT_EQ(only(call("DELETE", "/v0/workload-events?helmworkloadinstanceid=5")).at("HelmWorkloadInstanceID"),
            json::Value(5));
  EXPECT_EQ(count("/v0/workload-events"), 1U);
  call("DELETE", "/v0/workload-events?helmworkloadinstanceid=5", {}, 404);
}

TEST_F(V0KindsTest, AdditionalResourcesOfHelmWorkloadsAreAList) {
  json::Object body{{"Name", "h"}, {"Repo", "https://r"}, {"Chart", "c"}, {"AdditionalResources", json::Object{}}};
  EXPECT_TRUE(
      refusal("POST", "/v0/helm-workload-definitions", body).starts_with("AdditionalResources must be an array"));
  body.set("AdditionalResources", json::Array{json::Object{{"kind", "ConfigMap"}}});
  EXPECT_TRUE(post("/v0/helm-workload-definitions", body).at("AdditionalResources").is_array());
}

TEST_F(V0KindsTest, LogBackendsAndStorageDefinitionsAreTiedToEachOther) {
  const auto backend = post("/v0/log-backends", json::Object{{"Name", "b"}, {"Destination", "loki"}});
  const auto definition =
      post("/v0/log-storage-definitions",
           json::Object{{"Name", "d"},
                        {"LogBackends", json::Array{json::Object{{"ID", backend.at("ID")}},
                                                    json::Object{{"Name", "c"}, {"Destination", "file"}}}}});
  EXPECT_EQ(definition.at("LogBackends").as_array().size(), 2U);
  EXPECT_EQ(count("/v0/log-backends"), 2U);
  const auto ties = must(objects_.list("LogBackendStorage", "LogBackendID", backend.at("ID")));
  ASSERT_EQ(ties.size(), 1U);
  EXPECT_EQ(ties[0].data.at("LogStorageDefinitionID"), definition.at("ID"));
  call("DELETE", at("/v0/log-backends", backend));
  EXPECT_EQ(must(objects_.list("LogBackendStorage")).size(), 1U);
  refusal("POST", "/v0/log-storage-definitions",
          json::Object{{"Name", "e"}, {"LogBackends", json::Array{json::Object{{"ID", backend.at("ID")}}}}}, 404);
}

}  // namespace
}  // namespace threeport::testing
