// The contract on the fake, on the sample program, and on a server that runs the sample program.
#include <memory>

#include "base/subprocess.h"
#include "http/server.h"
#include "providers/provisioner/contract_suite.h"
#include "providers/provisioner/fake_provisioner.h"
#include "providers/provisioner/protocol.h"

namespace threeport::providers::provisioner::contract {
namespace {

const std::string kFolder = TP_ROOT "/samples/provisioner";

std::unique_ptr<Provisioner> make_fake() { return std::make_unique<FakeProvisioner>(); }

std::unique_ptr<Provisioner> open(std::string_view provider, const json::Value& params) {
  auto made = open_live({.command_folders = {kFolder}})(provider, params);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(made).value();
}

std::unique_ptr<Provisioner> make_command() {
  const json::Array argv{"notes.py", "<mode>"};
  return open("command", json::Object{{"Provision", argv}, {"Remove", argv}});
}

http::Response run_sample(const http::Request& request) {
  json::Value body = json::parse(request.body).value();
  const std::string mode(body.at("mode").text());
  body.as_object().erase("mode");
  const auto done = base::run({.argv = {kFolder + "/notes.py", mode}, .input = json::dump(body)});
  if (!done) return {.status = 500, .body = done.error().message};
  if (!done->is_success()) return {.status = 422, .body = json::dump(json::Object{{"error", done->err}})};
  return {.status = 200, .body = done->out};
}

/// Goes with its server.
class Served final : public Provisioner {
 public:
  Served()
      : server_(
            http::Server::start({}, [](const http::Request& request,
                                       http::Responder responder) { std::move(responder).send(run_sample(request)); })
                .value()),
        client_(open("http", json::Object{{"URL", "http://127.0.0.1:" + std::to_string(server_->port()) + "/notes"}})) {
  }
  base::Result<Response> provision(const Request& request, const CallOptions& call) override {
    return client_->provision(request, call);
  }
  base::Result<void> remove(const Request& request, const CallOptions& call) override {
    return client_->remove(request, call);
  }

 private:
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Provisioner> client_;
};

std::unique_ptr<Provisioner> make_http() { return std::make_unique<Served>(); }

INSTANTIATE_TEST_SUITE_P(Provisioners, ProvisionerContract,
                         ::testing::Values(Target{"Fake", make_fake}, Target{"Command", make_command},
                                           Target{"Http", make_http}),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace threeport::providers::provisioner::contract
