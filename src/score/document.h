// A Score file (score.dev/v1b1, https://docs.score.dev/docs/score-specification/): one workload, as its author wrote
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::score {

inline constexpr std::string_view kApiVersion = "score.dev/v1b1";

/// The name of an image that is given at deploy time.
inline constexpr std::string_view kImageGivenLater = ".";

// Annotations of a workload that say how it is delivered.
inline constexpr std::string_view kKindAnnotation = "k8s.score.dev/kind";  ///< Deployment (default) or StatefulSet
inline constexpr std::string_view kServiceNameAnnotation = "k8s.score.dev/service-name";
inline constexpr std::string_view kReplicasAnnotation = "control-plane.threeport.io/replicas";

using Texts = std::vector<std::pair<std::string, std::string>>;

struct ServicePort {
  std::string name;
  std::int64_t port = 0;
  std::string protocol = "TCP";  ///< or UDP
  std::int64_t target_port = 0;
};

struct File {
  std::string target;  ///< absolute path in the container
  // Exactly one of the three.
  std::optional<std::string> content;         ///< with placeholders, unless `no_expand`
  std::optional<std::string> binary_content;  ///< the decoded bytes
  std::optional<std::string> source;          ///< path relative to the Score file
  std::optional<std::int64_t> mode;           ///< permission bits
  bool no_expand = false;
};

struct Volume {
  std::string target;  ///< absolute path in the container
  std::string source;  ///< with placeholders
  std::string path;    ///< within the volume, without leading slashes; may be empty
  bool read_only = false;
};

struct HttpGet {
  std::int64_t port = 0;
  std::string path;
  std::string host;    ///< empty: the address of the pod
  std::string scheme;  ///< empty, HTTP or HTTPS
  Texts headers;
};

/// At least one of both; a command says more than a request.
struct Probe {
  std::optional<std::vector<std::string>> exec;
  std::optional<HttpGet> http_get;
};

struct Amounts {
  std::optional<std::string> cpu, memory;
};

enum class Ready { started, healthy, complete };

/// The container that has this must be `ready` before the named one starts.
struct Before {
  std::string container;
  Ready ready = Ready::started;
};

struct Container {
  std::string name;
  std::string image;  ///< or kImageGivenLater
  std::vector<std::string> command, args;
  Texts variables;  ///< values with placeholders
  std::vector<File> files;
  std::vector<Volume> volumes;
  Amounts requests, limits;
  std::optional<Probe> liveness, readiness;
  std::vector<Before> before;
};

struct Resource {
  std::string alias;
  std::string type;
  std::string resource_class = "default";
  std::optional<std::string> id;  ///< shared by all workloads that give it
  json::Value metadata;           ///< an object, or null where there is none
  json::Value params;             ///< an object with placeholders, or null where there are none
};

/// Maps of the file keep its order.
struct Workload {
  std::string name;
  json::Value metadata;  ///< all of it, for `${metadata.KEY}`
  Texts annotations;
  std::vector<ServicePort> ports;
  std::vector<Container> containers;  ///< at least one
  std::vector<Resource> resources;

  [[nodiscard]] const Container* find_container(std::string_view name) const;
  [[nodiscard]] const Resource* find_resource(std::string_view alias) const;
  /// Value of the annotation, "" where there is none.
  [[nodiscard]] std::string_view annotation(std::string_view key) const;
};

/// Reads and checks a Score file: its schema, its placeholders (metadata and resources that exist), the order of its
/// containers, and what Kubernetes would refuse in any case, such as requests above limits. Deprecated forms (lists of
/// files and volumes, lists of lines, read_only) are read as their present ones.
/// Error `invalid`: "containers.web.image: <rule and fix>", or "line 3, column 7: <what is wrong>" for what is no YAML.
/// Never blocks.
base::Result<Workload> parse(std::string_view text);

}  // namespace threeport::score
