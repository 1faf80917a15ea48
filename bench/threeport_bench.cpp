// Figures of the control plane over HTTP: one line a figure, `name value unit`, or --json.
//   threeport-bench [--json] [--objects N]      N: the larger number of objects, 100000 by default
// The server is a process of its own; 32 connections, no TLS. TP_POSTGRES_URL adds PostgreSQL.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "bench/load.h"
#include "bench/server_process.h"

namespace {

using threeport::bench::Load;
using threeport::bench::LoadResult;
using threeport::bench::run_load;
using threeport::bench::ServerProcess;

bool as_json = false;

void report(const std::string& name, double value, const char* unit) {
  if (as_json) {
    std::printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name.c_str(), value, unit);
  } else {
    std::printf("%-44s %12.1f %s\n", name.c_str(), value, unit);
  }
  std::fflush(stdout);
}

std::string request(const std::string& method, const std::string& target, const std::string& body = "") {
  return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string definition(std::uint64_t n) {
  return R"({"Name":"definition-)" + std::to_string(n) + R"(","Reconciled":true,"YAMLDocument":")" +
         std::string(240, 'y') + "\"}";
}

/// Median time of one fdatasync of 4 KiB, in seconds.
double fdatasync_seconds(const std::string& folder) {
  const int fd = open((folder + "/sync").c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(4096, 'x');
  std::vector<double> times;
  for (int i = 0; i < 101; ++i) {
    if (write(fd, block.data(), block.size()) < 0) std::perror("write");
    const auto start = std::chrono::steady_clock::now();
    fdatasync(fd);
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  close(fd);
  std::nth_element(times.begin(), times.begin() + 50, times.end());
  return times[50];
}

void show(const std::string& name, const LoadResult& result) {
  report(name, result.per_second, "1/s");
  report(name + "_p99", result.p99_ms, "ms");
  if (result.failures > 0) report(name + "_failures", static_cast<double>(result.failures), "requests");
}

/// Reads at the present number of objects, `count`.
void measure_reads(const std::string& prefix, const ServerProcess& server, std::uint64_t count) {
  const std::string at = "_at_" + std::to_string(count);
  const Load load{.port = server.port()};
  std::mt19937_64 random(1);
  const auto any = [&] { return std::uniform_int_distribution<std::uint64_t>(1, count)(random); };
  show(prefix + "_get" + at, run_load(load, [&](std::uint64_t) {
         return request("GET", "/v0/workload-definitions/" + std::to_string(any()));
       }));
  show(prefix + "_by_name" + at, run_load(load, [&](std::uint64_t) {
         return request("GET", "/v0/workload-definitions?name=definition-" + std::to_string(any() - 1));
       }));
  show(prefix + "_list_50" + at,
       run_load(load, [&](std::uint64_t) { return request("GET", "/v0/workload-definitions"); }));
}

/// Creates objects up to `to` while measuring the last two seconds' worth of it separately.
double measure_creates(const std::string& prefix, const ServerProcess& server, std::uint64_t& count, std::uint64_t to) {
  const std::string at = "_at_" + std::to_string(to);
  const std::uint64_t first = count;
  const auto make = [&](std::uint64_t n) { return request("POST", "/v0/workload-definitions", definition(first + n)); };
  const LoadResult result = run_load({.port = server.port(), .requests = to - count}, make);
  count = to;
  show(prefix + "_create" + at, result);
  return result.per_second;
}

void measure(const std::string& prefix, const std::string& database, const std::string& folder, std::uint64_t most) {
  const ServerProcess server(database, folder, "api");
  report(prefix + "_start_up", server.start_up_ms(), "ms");
  std::this_thread::sleep_for(std::chrono::seconds(1));
  report(prefix + "_memory_idle", server.resident_mib(), "MiB");
  const double cpu = server.cpu_seconds();
  std::this_thread::sleep_for(std::chrono::seconds(5));
  report(prefix + "_cpu_idle", (server.cpu_seconds() - cpu) / 5 * 100, "%");
  std::uint64_t count = 0;
  measure_creates(prefix, server, count, 1'000);
  measure_reads(prefix, server, count);
  const double creates = measure_creates(prefix, server, count, most);
  if (prefix == "sqlite") {
    const double limit = 32 / fdatasync_seconds(folder);
    report("sqlite_create_share_of_32_per_fdatasync", creates / limit * 100, "%");
  }
  measure_reads(prefix, server, count);
  report(prefix + "_memory_at_" + std::to_string(most), server.resident_mib(), "MiB");
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t most = 100'000;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      as_json = true;
    } else if (std::strcmp(argv[i], "--objects") == 0 && i + 1 < argc) {
      most = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::fprintf(stderr, "usage: threeport-bench [--json] [--objects N]\n");
      return 2;
    }
  }
  char folder[] = "/tmp/threeport-bench-XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;
  measure("sqlite", std::string("sqlite://") + folder + "/threeport.db", folder, most);
  if (const char* url = std::getenv("TP_POSTGRES_URL")) measure("postgresql", url, folder, most);
  std::filesystem::remove_all(folder);
  return 0;
}
