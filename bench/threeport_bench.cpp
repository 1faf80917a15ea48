// Figures of the control plane (docs/reference/performance.md): one line a figure, `name value unit`, or --json.
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include <CLI/CLI.hpp>

#include "base/temp_folder.h"
#include "bench/delivery.h"
#include "bench/objects.h"
#include "bench/watchers.h"

int main(int argc, char** argv) {
  using namespace threeport::bench;
  const std::set<std::string> all{"idle", "sqlite", "postgresql", "watch", "delivery"};
  std::set<std::string> parts = all;
  bool as_json = false;
  std::uint64_t objects = 100'000;
  std::size_t workloads = 100;
  CLI::App app{"threeport-bench: figures of the control plane"};
  app.add_option("part", parts, "idle, sqlite, postgresql, watch, delivery; all by default")->check(CLI::IsMember(all));
  app.add_flag("--json", as_json, "One JSON object a line");
  app.add_flag_callback("--large", [&] { objects = 1'000'000; }, "Compares with 1,000,000 objects");
  app.add_option("--objects", objects, "The number that is compared with 1,000 objects")->capture_default_str();
  app.add_option("--workloads", workloads, "Delivered in one round")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const Figures figures(as_json ? Figures::Format::json : Figures::Format::text);
  const threeport::base::TempFolder folder;
  const auto has = [&](const char* part, const char* variable) {
    if (!parts.contains(part)) return false;
    if (std::getenv(variable) != nullptr) return true;
    std::fprintf(stderr, "%s is not set: no figures of %s\n", variable, part);
    return false;
  };
  if (parts.contains("idle")) measure_idle_server(figures, folder.path());
  if (parts.contains("sqlite")) measure_sqlite(figures, folder.path(), objects);
  if (has("postgresql", "TP_POSTGRES_URL"))
    measure_postgresql(figures, folder.path(), std::getenv("TP_POSTGRES_URL"), objects);
  if (parts.contains("watch")) measure_watchers(figures, folder.path() / "watch");
  if (has("delivery", "TP_KUBECONFIG"))
    measure_delivery(figures, folder.path() / "delivery", std::getenv("TP_KUBECONFIG"), workloads);
  return 0;
}
