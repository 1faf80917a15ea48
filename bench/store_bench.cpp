// Measures the store alone, in process: 32 closed-loop threads, documents of 300 bytes, one indexed member.
//   store_bench sqlite FOLDER | postgres URL
// One figure a line: name value unit.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "base/clock.h"
#include "bench/fail.h"
#include "bench/raw_postgres.h"
#include "store/store.h"

namespace {

using namespace threeport;
using bench::fail;
using store::ObjectId;
using store::Put;
using store::Store;
using store::WriteSet;
using Clock = std::chrono::steady_clock;

constexpr int kThreads = 32;
constexpr std::chrono::milliseconds kDuration{2'000};
const std::string kKind = "WorkloadDefinition";
const std::string kDoc = R"({"Name":"x","YAMLDocument":")" + std::string(270, 'y') + "\"}";

std::string name_of(ObjectId id) { return "definition-" + std::to_string(id); }

void report(const std::string& name, double value, const char* unit) {
  std::printf("%-40s %10.1f %s\n", name.c_str(), value, unit);
  std::fflush(stdout);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Calls `request(thread, random)` on all threads for the duration: requests a second, and this process's
/// processor time for each, which says something on a busy machine too.
void measure(const std::string& name, const std::function<void(int, std::uint64_t)>& request) {
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> total{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  const auto begin = Clock::now();
  const double cpu_begin = cpu_seconds();
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::uint64_t random = static_cast<std::uint64_t>(thread) * 0x9e3779b97f4a7c15U + 1;
      std::int64_t count = 0;
      for (; !stop.load(std::memory_order_relaxed); ++count) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        request(thread, random >> 33);
      }
      total += count;
    });
  }
  std::this_thread::sleep_for(kDuration);
  stop = true;
  for (auto& thread : threads) thread.join();
  const auto requests = static_cast<double>(total);
  report(name, requests / std::chrono::duration<double>(Clock::now() - begin).count(), "1/s");
  report(name + " cpu", (cpu_seconds() - cpu_begin) * 1e6 / requests, "us");
}

double resident_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

Put creation(ObjectId id) {
  Put put;
  put.row = {.id = id, .kind = kKind, .name = name_of(id), .generation = 1, .doc = kDoc};
  put.index = std::vector<store::IndexEntry>{{"ProfileID", std::to_string(id % 100)}};
  put.note.body = kDoc;
  return put;
}

ObjectId new_id(Store& store) {
  auto id = store.new_id();
  if (!id) fail(id.error().message);
  return *id;
}

void fill(Store& store, std::int64_t objects) {
  for (auto left = objects - *store.count(kKind); left > 0; left -= 500) {
    WriteSet set;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(left, 500); ++i) set.puts.push_back(creation(new_id(store)));
    if (auto done = store.commit(std::move(set)); !done) fail(done.error().message + done.error().detail);
  }
}

/// Ids are 1 to `objects`: the store is the only one of its database.
void measure_store(Store& store, const std::string& name, std::int64_t objects) {
  const std::string at = " at " + std::to_string(objects);
  fill(store, objects);
  const auto any = [&](std::uint64_t random) {
    return static_cast<ObjectId>(random % static_cast<std::uint64_t>(objects)) + 1;
  };
  report(name + " memory" + at, resident_megabytes(), "MB");
  measure(name + " get" + at, [&](int, std::uint64_t random) {
    if (auto row = store.get(kKind, any(random)); !row) fail(row.error().message);
  });
  measure(name + " by name" + at, [&](int, std::uint64_t random) {
    auto page = store.list({.kind = kKind, .name = name_of(any(random))});
    if (!page || page->rows.size() != 1) fail("by name");
  });
  measure(name + " list of 50" + at, [&](int, std::uint64_t random) {
    auto page = store.list({.kind = kKind, .after = any(random) - 1, .limit = 50});
    if (!page || page->rows.empty()) fail("list");
  });
  measure(name + " create" + at, [&](int thread, std::uint64_t) {
    WriteSet set;
    set.by = "bench-" + std::to_string(thread);
    set.puts.push_back(creation(new_id(store)));
    if (auto done = store.commit(std::move(set)); !done) fail(done.error().message + done.error().detail);
  });
  const double created = static_cast<double>(*store.count(kKind));
  measure(name + " update" + at, [&](int, std::uint64_t random) {
    auto row = store.get(kKind, any(random));
    if (!row) fail(row.error().message);
    Put put;
    put.verb = store::Verb::updated;
    put.expected_version = row->version;
    put.row = std::move(*row);
    WriteSet set;
    set.puts.push_back(std::move(put));
    auto done = store.commit(std::move(set));
    if (!done && done.error().kind != base::ErrorKind::conflict) fail(done.error().message);
  });
  report(name + " objects afterwards" + at, created, "");
  report(name + " memory afterwards" + at, resident_megabytes(), "MB");
}

void measure_fresh_and_full(const std::string& name, const std::function<std::string()>& fresh_url) {
  for (const std::int64_t objects : {1'000, 100'000}) {
    auto store = store::open(fresh_url(), base::system_clock());
    if (!store) fail(store.error().message + " " + store.error().detail);
    measure_store(**store, name, objects);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("usage: store_bench sqlite FOLDER | postgres URL");
  const std::string what = argv[1];
  const std::string where = argv[2];
  if (what == "sqlite") {
    int number = 0;
    measure_fresh_and_full("sqlite", [&] {
      const auto file = std::filesystem::absolute(where) / ("bench" + std::to_string(number++) + ".db");
      std::filesystem::remove(file);
      std::filesystem::remove(file.string() + "-wal");
      std::filesystem::remove(file.string() + "-shm");
      return "sqlite://" + file.string();
    });
  } else if (what == "postgres") {
    measure_fresh_and_full("postgres", [&] { return bench::fresh_schema(where, "store_bench"); });
  }
}
