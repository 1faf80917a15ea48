// Measures the resolver alone, on one core: 10,000 workloads with 5 dependencies each, first as new ones, then with all
// of it there, then one of them changed. One figure a line: name value unit.
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/fail.h"
#include "dependencies/claiming.h"

namespace {

using namespace threeport;
using namespace threeport::dependencies;
using bench::fail;
using Clock = std::chrono::steady_clock;

constexpr ObjectId kWorkloads = 10'000;
constexpr ObjectId kFirstWorkload = 1'000'000'000;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

DependencyProfile profile(const std::string& type, json::Value requires_ = {}) {
  DependencyProfile out;
  out.name = type;
  out.type = type;
  out.provider = "manifests";
  out.params = json::Object{{"Manifests", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"${self.name}\"}\n"}};
  out.outputs = json::Object{{"host", "${self.name}"}, {"port", 5432}};
  out.requires_ = std::move(requires_);
  return out;
}

Declaration need(std::string alias, std::string type, std::optional<std::string> id, json::Value params) {
  return {.alias = std::move(alias), .type = std::move(type), .id = std::move(id), .params = std::move(params)};
}

/// Two private databases on the environment's server, a cache, one that ten workloads share, and a route with a name.
Request request_of(ObjectId number) {
  Setting setting;
  setting.environment = "production";
  setting.environment_id = 1;
  setting.runtime_id = 2;
  setting.workload_instance_id = kFirstWorkload + number;
  return {.claimant = {.id = kFirstWorkload + number, .is_workload = true, .name = "w" + std::to_string(number)},
          .declarations = {need("db", "postgres", {}, {}), need("cache", "redis", {}, json::Object{{"size", "1Gi"}}),
                           need("queue", "amqp", "team-" + std::to_string(number / 10), {}), need("dns", "dns", {}, {}),
                           need("route", "route", {}, json::Object{{"host", "${resources.dns.host}"}, {"port", 80}})},
          .setting = std::move(setting)};
}

Resolution resolved(const Request& request, const Catalogue& catalogue, const Index& index) {
  auto resolution = resolve(request, catalogue, index);
  if (!resolution) fail(resolution.error().message);
  return std::move(*resolution);
}

void report(const char* name, double value) { std::printf("%-40s %10.3f ms\n", name, value); }

}  // namespace

int main() {
  DependencyProfile server = profile("postgres-instance");
  server.shared = true;
  const Catalogue catalogue({profile("postgres", json::Object{{"server", json::Object{{"Type", "postgres-instance"}}}}),
                             server, profile("redis"), profile("amqp"), profile("dns"), profile("route")});
  std::vector<Request> requests;
  for (ObjectId i = 0; i < kWorkloads; ++i) requests.push_back(request_of(i));

  Index index;
  ObjectId last_id = 0;
  auto start = Clock::now();
  for (const Request& request : requests) {
    const Resolution resolution = resolved(request, catalogue, index);
    auto writes =
        make_claims(request.claimant, resolution, index, 1, [&]() -> base::Result<ObjectId> { return ++last_id; });
    if (!writes) fail(writes.error().message);
    for (DependencyInstance& made : writes->instances) index.add(std::move(made));
    for (DependencyClaim& made : writes->claims) index.add(std::move(made));
  }
  report("new: 10,000 workloads x 5", ms_since(start));

  start = Clock::now();
  std::size_t nodes = 0;
  for (const Request& request : requests) nodes += resolved(request, catalogue, index).nodes.size();
  report("unchanged: 10,000 workloads x 5", ms_since(start));

  Request changed = requests[kWorkloads / 2];
  changed.declarations[1].params = json::Object{{"size", "2Gi"}};
  start = Clock::now();
  const Resolution resolution = resolved(changed, catalogue, index);
  report("one changed among them", ms_since(start));
  if (resolution.nodes.empty() || nodes == 0) fail("nothing was resolved");
  return 0;
}
