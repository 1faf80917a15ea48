#include "bench/objects.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "bench/contest.h"
#include "bench/fail.h"
#include "bench/raw_postgres.h"
#include "bench/server_process.h"

namespace threeport::bench {
namespace {

constexpr std::uint64_t kSmall = 1'000;
constexpr int kRounds = 3;
constexpr double kSeconds = 2;
constexpr std::string_view kPath = "/v0/workload-definitions";

std::string request(std::string_view method, const std::string& target, const std::string& body = "") {
  return std::string(method) + " " + target +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string name_of(std::uint64_t number) { return "definition-" + std::to_string(number); }

/// About 300 bytes, with one reference. Reconciled: no controller has to do with it.
std::string definition(std::uint64_t number) {
  return R"({"Name":")" + name_of(number) + R"(","Reconciled":true,"ProfileID":)" + std::to_string(number % 100 + 1) +
         R"(,"YAMLDocument":")" + std::string(220, 'y') + "\"}";
}

/// A server with a number of objects: definition-1 with id 1, and so on.
class Site {
 public:
  Site(const std::string& database, const std::filesystem::path& folder, std::uint64_t objects)
      : database_(database),
        server_(database, folder, "api"),
        objects_(objects),
        suffix_("_at_" + std::to_string(objects)) {
    run_requests(objects, peers([this] { return create(); }));
  }

  [[nodiscard]] const std::string& database() const { return database_; }
  [[nodiscard]] const std::string& suffix() const { return suffix_; }
  [[nodiscard]] std::uint64_t objects() const { return objects_; }
  [[nodiscard]] const ServerProcess& server() const { return server_; }

  Turn creates() {
    return run_for(kSeconds, peers([this] { return create(); }));
  }
  Turn gets() {
    return run_for(kSeconds,
                   peers([this] { return request("GET", std::string(kPath) + "/" + std::to_string(any())); }));
  }
  Turn by_name() {
    return run_for(kSeconds, peers([this] { return request("GET", std::string(kPath) + "?name=" + name_of(any())); }));
  }
  /// The first page, of 50 objects by default.
  Turn lists() {
    return run_for(kSeconds, peers([] { return request("GET", std::string(kPath)); }));
  }

 private:
  [[nodiscard]] Peers peers(const std::function<std::string()>& make) const {
    return http_peers(server_.port(), make, "\"Name\":\"definition-");
  }
  std::string create() { return request("POST", std::string(kPath), definition(++created_)); }
  std::uint64_t any() { return std::uniform_int_distribution<std::uint64_t>(1, objects_)(random_); }

  const std::string database_;
  ServerProcess server_;
  const std::uint64_t objects_;
  const std::string suffix_;
  std::uint64_t created_ = 0;
  std::mt19937_64 random_{1};
};

/// 32 creates for the time of one fdatasync: what a database that waits for each of 32 connections together could do.
class SyncBaseline {
 public:
  explicit SyncBaseline(const std::filesystem::path& folder)
      : fd_(open((folder / "sync").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) {}
  ~SyncBaseline() { close(fd_); }
  SyncBaseline(const SyncBaseline&) = delete;
  SyncBaseline& operator=(const SyncBaseline&) = delete;

  Turn turn() const {
    const std::string block(4096, 'x');
    std::vector<double> seconds;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (std::chrono::steady_clock::now() < end) {
      if (write(fd_, block.data(), block.size()) < 0) fail("cannot write to the file for fdatasync");
      const auto start = std::chrono::steady_clock::now();
      fdatasync(fd_);
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return {.per_second = kConnections / median(std::move(seconds))};
  }

 private:
  const int fd_;
};

/// What a figure is compared with, at a site.
struct Baseline {
  std::string name;
  std::function<std::function<Turn()>(const Site&)> make;
};

struct Measured {
  std::string name;
  Turn (Site::*turn)();
  std::vector<Baseline> baselines = {};
};

/// Servers with few and with many objects, side by side, so that they are measured in turns.
struct Sites {
  Site small, large;
};

/// Everything at both sites, and beside its baseline.
void compare(const Figures& figures, const std::string& database, Sites& sites, const std::vector<Measured>& measured) {
  Contest contest;
  const auto figure = [&](const std::string& name, const Site& site) { return database + "_" + name + site.suffix(); };
  for (const Measured& one : measured) {
    for (Site* site : {&sites.small, &sites.large}) {
      contest.add(figure(one.name, *site), [site, turn = one.turn] { return (site->*turn)(); });
      for (const Baseline& baseline : one.baselines) {
        contest.add(figure(baseline.name + "_" + one.name, *site), baseline.make(*site));
      }
    }
  }
  contest.run(kRounds);
  contest.report(figures);
  for (const Measured& one : measured) {
    const std::string share = database + "_" + one.name + "_share_of_";
    figures.add_share(share + std::to_string(sites.small.objects()),
                      contest.share(figure(one.name, sites.large), figure(one.name, sites.small)));
    for (const Baseline& baseline : one.baselines) {
      double lowest = std::numeric_limits<double>::max();
      for (const Site* site : {&sites.small, &sites.large}) {
        const double of_baseline =
            contest.share(figure(one.name, *site), figure(baseline.name + "_" + one.name, *site));
        figures.add_share(share + baseline.name + site->suffix(), of_baseline);
        lowest = std::min(lowest, of_baseline);
      }
      figures.add_share(share + baseline.name, lowest);
    }
  }
}

/// Reads come first: the creates add objects.
void compare_all(const Figures& figures, const std::string& database, Sites& sites, std::vector<Baseline> of_gets,
                 std::vector<Baseline> of_creates) {
  compare(figures, database, sites,
          {{"get", &Site::gets, std::move(of_gets)}, {"by_name", &Site::by_name}, {"list_50", &Site::lists}});
  compare(figures, database, sites, {{"create", &Site::creates, std::move(of_creates)}});
  figures.add(database + "_memory" + sites.large.suffix(), sites.large.server().resident_mib(), "MiB");
}

std::function<Turn()> running(Peers peers) {
  return [shared = std::make_shared<Peers>(std::move(peers))] { return run_for(kSeconds, *shared); };
}

std::filesystem::path made(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  return folder;
}

std::string sqlite_url(const std::filesystem::path& folder) { return "sqlite://" + (folder / "threeport.db").string(); }

}  // namespace

void measure_sqlite(const Figures& figures, const std::filesystem::path& folder, std::uint64_t large) {
  const auto small_folder = made(folder / "sqlite-small"), large_folder = made(folder / "sqlite-large");
  Sites sites{.small{sqlite_url(small_folder), small_folder, kSmall},
              .large{sqlite_url(large_folder), large_folder, large}};
  const SyncBaseline disk(folder);
  compare_all(figures, "sqlite", sites, {},
              {{"32_per_fdatasync", [&](const Site&) { return [&] { return disk.turn(); }; }}});
}

void measure_postgresql(const Figures& figures, const std::filesystem::path& folder, const std::string& url,
                        std::uint64_t large) {
  constexpr const char* kSmallSchema = "threeport_bench_small";
  constexpr const char* kLargeSchema = "threeport_bench_large";
  {
    Sites sites{.small{fresh_schema(url, kSmallSchema), made(folder / "postgresql-small"), kSmall},
                .large{fresh_schema(url, kLargeSchema), made(folder / "postgresql-large"), large}};
    const auto creators = [](Heads heads) {
      return [heads](const Site& site) { return running(raw_creators(site.database(), heads)); };
    };
    compare_all(figures, "postgresql", sites,
                {{"raw", [](const Site& site) { return running(raw_readers(site.database(), site.objects())); }}},
                {{"raw", creators(Heads::common)}, {"raw_unordered", creators(Heads::own)}});
  }
  drop_schema(url, kSmallSchema);
  drop_schema(url, kLargeSchema);
}

void measure_idle_server(const Figures& figures, const std::filesystem::path& folder) {
  constexpr int kStarts = 5;
  constexpr std::chrono::seconds kIdle{5};
  const std::string database = sqlite_url(made(folder / "idle"));
  std::vector<double> starts;
  starts.reserve(kStarts);
  for (int i = 0; i < kStarts; ++i) starts.push_back(ServerProcess(database, folder / "idle").start_up_ms());
  figures.add("start_up", median(std::move(starts)), "ms");
  const ServerProcess server(database, folder / "idle");
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const double cpu = server.cpu_seconds();
  std::this_thread::sleep_for(kIdle);
  figures.add("idle_cpu", (server.cpu_seconds() - cpu) / static_cast<double>(kIdle.count()) * 100, "%");
  figures.add("idle_memory", server.resident_mib(), "MiB");
}

}  // namespace threeport::bench
