// A kind that only this test knows goes through API, store, watch and command line.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "apiserver/api_server.h"
#include "cli/config.h"
#include "cli/run.h"
#include "http/client.h"
#include "http/event_stream.h"
#include "kinds/events.h"
#include "tests/integration/gadget.h"
#include "tests/support/world.h"

namespace threeport::testing {
namespace {

class NewKindTest : public ::testing::Test {
 protected:
  NewKindTest() {
    must(server_.start({}));
    store_->on_commit([this] { server_.hub().hint(); });
    base_ = "http://127.0.0.1:" + std::to_string(server_.port());
    client_ = must(http::Client::make({.base_url = base_}));
    home_ = std::filesystem::temp_directory_path() / ("threeport-new-kind-" + std::to_string(server_.port()));
    std::filesystem::create_directories(home_ / ".threeport");
  }
  ~NewKindTest() override {
    server_.stop();
    std::filesystem::remove_all(home_);
  }

  json::Value call(std::string method, std::string target, std::string body = "", int expected = 200) {
    http::Call call;
    call.method = std::move(method);
    call.target = std::move(target);
    call.body = std::move(body);
    const http::Response response = must(client_->call(call));
    EXPECT_EQ(response.status, expected) << response.body;
    return must(json::parse(response.body));
  }

  std::string tptctl(std::vector<std::string> arguments, int expected = 0) {
    std::ostringstream out, err;
    std::istringstream in;
    {
      std::ofstream file(home_ / ".threeport" / "config.yaml");
      file << "CurrentControlPlane: test\nControlPlanes:\n- Name: test\n  AuthEnabled: false\n  APIServer: 127.0.0.1:"
           << server_.port() << "\n";
    }
    const cli::Environment environment{.in = in,
                                       .out = out,
                                       .err = err,
                                       .registry = registry_,
                                       .clock = base::system_clock(),
                                       .version = "test",
                                       .home = home_,
                                       .working_directory = home_,
                                       .executable = home_ / "tptctl",
                                       .variable = [](std::string_view) { return std::optional<std::string>(); },
                                       .connect = cli::connect_over_http};
    EXPECT_EQ(cli::run(arguments, environment), expected) << err.str();
    return out.str() + err.str();
  }

  schema::Registry registry_{schema::describe_all<kinds::AttachedObjectReference, kinds::Event, Gadget>()};
  base::Keyring keyring_ = base::Keyring::generate();
  std::unique_ptr<store::Store> store_ = must(store::open("sqlite::memory:", base::system_clock()));
  apiserver::Objects objects_{*store_, registry_, keyring_, base::system_clock()};
  apiserver::ApiServer server_{objects_, "test"};
  std::string base_;
  std::unique_ptr<http::Client> client_;
  std::filesystem::path home_;
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
  http::Call change;
  change.method = "PATCH";
  change.target = "/v0/gadgets/1";
  change.body = R"({"Color":"blue"})";
  change.headers.set("If-Match", "\"7\"");
  EXPECT_EQ(must(client_->call(change)).status, 412);
  change.headers.set("If-Match", "\"1\"");
  const auto changed = must(client_->call(change));
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.headers.get("ETag"), "\"2\"");
}

TEST_F(NewKindTest, IsWatched) {
  call("POST", "/v0/gadgets", R"({"Name":"g1","Color":"red"})", 201);
  http::Call watch;
  watch.target = "/v0/gadgets?watch=true&color=red";
  watch.idle_timeout = base::Millis(10'000);
  http::EventParser parser;
  std::vector<std::string> seen;
  const auto on_chunk = [&](std::string_view chunk) {
    for (const auto& event : must(parser.feed(chunk))) {
      seen.push_back(event.event);
      if (event.event == "synced") call("PATCH", "/v0/gadgets/1", R"({"Size":2})");
      if (event.event == "updated") call("PATCH", "/v0/gadgets/1", R"({"Color":"blue"})");
      if (event.event == "removed") return false;
    }
    return true;
  };
  static_cast<void>(client_->stream(watch, [](const http::Response& head) { return head.status == 200; }, on_chunk));
  const std::vector<std::string> expected{"created", "synced", "updated", "removed"};
  EXPECT_EQ(seen, expected);
}

TEST_F(NewKindTest, IsInTheOpenApiDocument) {
  const auto document = call("GET", "/openapi.json");
  EXPECT_TRUE(document.at("paths").find("/v0/gadgets/{id}") != nullptr);
  EXPECT_EQ(document.at("components", "schemas", "Gadget", "properties", "Size").at("maximum"), json::Value(9));
}

TEST_F(NewKindTest, IsDrivenByTheCommandLine) {
  std::ofstream(home_ / "gadget.yaml") << "Gadget:\n  Name: g1\n  Color: red\n";
  EXPECT_NE(tptctl({"apply", "-f", "gadget.yaml"}).find("gadget/g1 created"), std::string::npos);
  EXPECT_NE(tptctl({"apply", "-f", "gadget.yaml"}).find("gadget/g1 unchanged"), std::string::npos);
  const std::string table = tptctl({"get", "gadgets"});
  EXPECT_NE(table.find("NAME"), std::string::npos);
  EXPECT_NE(table.find("red"), std::string::npos) << table;
  EXPECT_NE(tptctl({"describe", "gad", "g1"}).find("Color:"), std::string::npos);
  tptctl({"delete", "gadget", "g1"});
  EXPECT_EQ(tptctl({"get", "gadgets"}).find("red"), std::string::npos);
}

}  // namespace
}  // namespace threeport::testing
