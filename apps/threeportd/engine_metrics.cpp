#include "apps/threeportd/engine_metrics.h"

namespace threeport {
namespace {

void head(std::string& out, const char* name, const char* type, const char* help) {
  out += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void gauge(std::string& out, const char* name, const char* help, std::size_t value) {
  head(out, name, "gauge", help);
  out += std::string(name) + " " + std::to_string(value) + "\n";
}

void by_pair(std::string& out, const char* name, const char* help, const char* label, const auto& counts) {
  head(out, name, "counter", help);
  for (const auto& [key, count] : counts) {
    out += std::string(name) + "{kind=\"" + key.first + "\"," + label + "=\"" + key.second + "\"} " +
           std::to_string(count) + "\n";
  }
}

}  // namespace

void append_engine_metrics(std::string& out, const reconcile::Metrics& metrics) {
  by_pair(out, "threeport_reconcile_attempts_total", "Attempts by kind and how they ended.", "end", metrics.attempts);
  by_pair(out, "threeport_reconcile_failures_total", "Failed attempts by kind and error.", "error", metrics.failures);
  const char* name = "threeport_reconcile_wake_seconds";
  head(out, name, "histogram", "Time from being woken to the attempt.");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < reconcile::Latency::kBounds.size(); ++i) {
    sum += metrics.wake_latency.buckets[i];
    const double bound = std::chrono::duration<double>(reconcile::Latency::kBounds[i]).count();
    out += std::string(name) + "_bucket{le=\"" + std::to_string(bound) + "\"} " + std::to_string(sum) + "\n";
  }
  out += std::string(name) + "_bucket{le=\"+Inf\"} " + std::to_string(metrics.wake_latency.count) + "\n";
  out += std::string(name) + "_sum " + std::to_string(std::chrono::duration<double>(metrics.wake_latency.sum).count()) +
         "\n";
  out += std::string(name) + "_count " + std::to_string(metrics.wake_latency.count) + "\n";
  gauge(out, "threeport_reconcile_waiting", "Objects that wait for an attempt.", metrics.waiting);
  gauge(out, "threeport_reconcile_running", "Attempts that run.", metrics.running);
  gauge(out, "threeport_reconcile_timers", "Objects that have a time to be looked at again.", metrics.timers);
  gauge(out, "threeport_reconcile_shards", "Lease shards held by this process.", metrics.shards);
  gauge(out, "threeport_reconcile_workers", "Worker threads.", metrics.workers);
}

}  // namespace threeport
