#include "providers/provisioner/fake_provisioner.h"

#include <algorithm>

#include "base/crypto.h"
#include "providers/provisioner/protocol.h"

namespace threeport::providers::provisioner {

base::Result<void> FakeProvisioner::begin(const CallOptions& call) {
  if (call.stop.stop_requested()) return base::canceled("the call was told to stop");
  if (next_) return *std::exchange(next_, std::nullopt);
  return {};
}

base::Result<Response> FakeProvisioner::provision(const Request& request, const CallOptions& call) {
  const std::lock_guard lock(mutex_);
  TP_CHECK(begin(call));
  if (const json::Object* params = request.params.if_object()) {
    const auto other = std::find_if(params->begin(), params->end(), [](const auto& p) { return p.key != "text"; });
    if (other != params->end())
      return failure(base::ErrorKind::unavailable, "unknown param " + other->key + "; there is text");
  }
  present_.insert(request.guid);
  const json::Value& known = request.state.at("token");
  const std::string token = known.is_string() ? std::string(known.text()) : base::hex(base::random_bytes(8));
  const std::string name = "note-" + request.guid;
  Response out;
  out.state = json::Object{{"name", name}, {"token", token}};
  out.outputs = json::Object{
      {"name", name}, {"text", request.params.at("text").text()}, {"token", json::Object{{"Secret", token}}}};
  out.shared_state = json::Object{{"notes", json::Object{{request.guid, true}}}};
  return out;
}

base::Result<void> FakeProvisioner::remove(const Request& request, const CallOptions& call) {
  const std::lock_guard lock(mutex_);
  TP_CHECK(begin(call));
  present_.erase(request.guid);
  return {};
}

void FakeProvisioner::fail_next(base::Error error) {
  const std::lock_guard lock(mutex_);
  next_ = std::move(error);
}

std::set<std::string> FakeProvisioner::present() const {
  const std::lock_guard lock(mutex_);
  return present_;
}

}  // namespace threeport::providers::provisioner
