// Programs and services of operators that provide one resource: one JSON in, one JSON out (the `cmd://` protocol of the
// Score reference tools, unchanged on standard input and output; the same JSON over HTTP). CommandProvisioner and
// HttpProvisioner speak to real ones, FakeProvisioner is one in memory; all pass the suite in contract_suite.h.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace threeport::providers::provisioner {

namespace json = base::json;

/// base::Error::reason of every failure that is the provisioner's own.
inline constexpr std::string_view kProvisionerFailed = "ProvisionerFailed";

/// What a provisioner is told. Values that are null are sent as empty objects.
struct Request {
  std::string guid;  ///< of this resource for ever, such as a UUID
  std::string uid;   ///< TYPE.CLASS#ID
  std::string type, class_name, id;
  json::Value params, metadata;
  json::Value state;  ///< as the last answer about this resource had it
  std::string source_workload;
  json::Value workload_metadata, workload_services;
  std::string ns;            ///< Kubernetes namespace of what uses it
  json::Value shared_state;  ///< as the last answer about any resource had it
  /// Values that must not be shown: they are taken out of messages.
  std::vector<std::string> secrets = {};
};

/// What it answers. Absent members are empty.
struct Response {
  json::Value state = json::Object();         ///< sent again with the next request
  json::Value outputs = json::Object();       ///< by name; a secret one is {"Secret": value}
  json::Value shared_state = json::Object();  ///< merge patch (RFC 7386) to the shared state
  json::Array manifests = {};                 ///< Kubernetes objects, to be applied
};

/// Bounds of one call. `stop` ends it with `canceled`.
struct CallOptions {
  base::Millis timeout{300'000};
  std::stop_token stop = {};
};

/// Thread-safe; calls block. Errors of both calls, with reason ProvisionerFailed but for the last one: `unavailable`
/// (it failed, did not answer in time, or answered something else; retry_after where it said so), `invalid` (it refuses
/// the request, or it is not set up as it has to be), `denied`; `canceled`. Messages hold its own words, without
/// `secrets`.
class Provisioner {
 public:
  virtual ~Provisioner() = default;
  /// Makes the resource, or brings it to these params. Provisioners are idempotent: asked again with the state that
  /// they answered, they answer the same.
  virtual base::Result<Response> provision(const Request& request, const CallOptions& call) = 0;
  /// Takes it away with its data; a value also where nothing is left to take away.
  virtual base::Result<void> remove(const Request& request, const CallOptions& call) = 0;
};

/// The provisioner of a profile, from its Provider and Params as they are written: no template is filled in, so what
/// users say never becomes an argument or a URL. Error `invalid`: names the member of Params, the rule and the fix.
using Open =
    std::function<base::Result<std::unique_ptr<Provisioner>>(std::string_view provider, const json::Value& params)>;

struct LiveOptions {
  std::vector<std::string> command_folders = {};  ///< where programs may lie; empty: none may be run
  std::string http_ca_pem = {};                   ///< trusted CAs of https URLs; empty: the system's
};
/// Provider `command`: Params {Provision: [PROGRAM, ARGUMENT...], Remove: [...]}; without Remove, removing is nothing
/// to do. Provider `http`: Params {URL}.
Open open_live(LiveOptions options);

}  // namespace threeport::providers::provisioner
