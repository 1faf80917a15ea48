#include "apiserver/module_proxy.h"

#include <algorithm>
#include <iterator>

#include "apiserver/envelope.h"
#include "apiserver/module_headers.h"
#include "base/log.h"

namespace threeport::apiserver {
namespace {

constexpr std::string_view kType = "ModuleApi";

/// A path that a module could read as another one than the route's.
bool has_dot_segments(std::string_view path) {
  const std::string decoded = http::percent_decode(path);
  std::string_view rest = decoded;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("/\\"), rest.size());
    const std::string_view segment = rest.substr(0, end);
    if (segment == "." || segment == "..") return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

/// What must not reach a module, or nothing.
std::optional<http::Response> refused(const http::Request& request, const ModuleTarget& target) {
  if (request.method == "TRACE" || request.method == "CONNECT") return bare(405);
  if (has_dot_segments(request.path))
    return failure(kType, base::invalid("the path of a module must have no . or .. segments, encoded ones included"));
  if (request.headers.contains(kModuleHeader)) {
    return failure(kType, 502,
                   "module " + target.name + " sends the request back to the control plane: Endpoint " +
                       target.endpoint + " of module api " + std::to_string(target.id) + " must be the module's own");
  }
  return std::nullopt;
}

}  // namespace

ModuleProxy::ModuleProxy(Objects& objects, ModuleProxyOptions options)
    : objects_(objects),
      options_(options),
      table_(objects),
      prober_({.name = "module-health", .threads = 1, .queue_limit = 1}) {
  const auto started = prober_.try_submit([this](const std::stop_token& stop) { look_after_health(stop); });
  TP_ASSERT(started.has_value());
}

ModuleProxy::~ModuleProxy() { stop(); }

bool ModuleProxy::forward(Call& call, Reply& reply) {
  auto target = table_.find(call.request.path);
  if (!target) {
    std::move(reply).send(failure(kType, target.error()));
    return true;
  }
  if (!*target) return false;
  if (auto refusal = refused(call.request, **target)) {
    std::move(reply).send(std::move(*refusal));
    return true;
  }
  auto line = line_to(**target);
  if (!line) {
    std::move(reply).send(failure(kType, line.error()));
    return true;
  }
  (*line)->forward(std::move(call), std::move(reply));
  return true;
}

base::Result<std::shared_ptr<ModuleLine>> ModuleProxy::line_to(const ModuleTarget& target) {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return base::unavailable("the control plane stops; try again");
  std::shared_ptr<ModuleLine>& line = lines_[target.id];
  if (line && line->target() == target) return line;
  TP_TRY(auto made, ModuleLine::make(target, options_, objects_.clock()));
  if (line) retired_.push_back(std::move(line));
  line = std::move(made);
  return line;
}

/// Ends the lines to modules that are no more, and those whose successor has taken over.
void ModuleProxy::drop_lines(const std::vector<ModuleTarget>& targets) {
  std::vector<std::shared_ptr<ModuleLine>> gone;  // destroyed after the lock is free: each waits for its threads
  const std::lock_guard lock(mutex_);
  for (auto it = lines_.begin(); it != lines_.end();) {
    const ObjectId id = it->first;
    const bool stays =
        std::any_of(targets.begin(), targets.end(), [id](const auto& target) { return target.id == id; });
    if (!stays) gone.push_back(std::move(it->second));
    it = stays ? std::next(it) : lines_.erase(it);
  }
  const auto idle = std::partition(retired_.begin(), retired_.end(), [](auto& line) { return !line->is_idle(); });
  std::move(idle, retired_.end(), std::back_inserter(gone));
  retired_.erase(idle, retired_.end());
}

void ModuleProxy::look_after_health(const std::stop_token& stop) {
  // By the machine's clock: this is about programs elsewhere.
  base::Clock& clock = base::system_clock();
  const std::stop_callback wake(stop, [this] {
    const std::lock_guard lock(mutex_);
    stopped_.notify_all();
  });
  while (!stop.stop_requested()) {
    const auto targets = table_.modules();
    if (!targets) base::log::warn("modules cannot be read", {{"error", targets.error()}});
    if (targets) {
      drop_lines(*targets);
      for (const ModuleTarget& target : *targets) {
        const auto line = line_to(target);
        if (line) (*line)->probe(stop);
      }
    }
    std::unique_lock lock(mutex_);
    const auto until = clock.steady_now() + options_.probe_period;
    while (!stop.stop_requested() && clock.steady_now() < until) clock.wait_until(lock, stopped_, until);
  }
}

void ModuleProxy::append_metrics(std::string& out) const {
  std::map<ObjectId, std::shared_ptr<ModuleLine>> lines;
  {
    const std::lock_guard lock(mutex_);
    lines = lines_;
  }
  const auto label = [](const ModuleLine& line) {
    std::string text = "{module=";
    json::append_string(text, line.target().name);
    return text;
  };
  out +=
      "# HELP threeport_module_up Whether the module answered when it was last asked.\n# TYPE threeport_module_up "
      "gauge\n";
  for (const auto& [id, line] : lines) {
    if (const auto up = line->is_up()) out += "threeport_module_up" + label(*line) + "} " + (*up ? "1" : "0") + "\n";
  }
  out +=
      "# HELP threeport_module_requests_total Requests for modules, by whether the module answered.\n# TYPE "
      "threeport_module_requests_total counter\n";
  for (const auto& [id, line] : lines) {
    for (const auto& [word, count] : {std::pair("answered", line->answered()), std::pair("failed", line->failed())}) {
      out += "threeport_module_requests_total" + label(*line) + ",outcome=\"" + word + "\"} " + std::to_string(count) +
             "\n";
    }
  }
}

void ModuleProxy::stop() {
  std::vector<std::shared_ptr<ModuleLine>> lines;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    lines.swap(retired_);
    for (auto& [id, line] : lines_) lines.push_back(std::move(line));
    lines_.clear();
  }
  prober_.stop();
  for (const auto& line : lines) line->stop();
}

Hook no_own_route(std::vector<std::string> own_patterns) {
  return [own = std::move(own_patterns)](const json::Value*, const json::Value& after) -> base::Result<void> {
    const std::string_view path = after.at("Path").text();
    const auto covered =
        std::find_if(own.begin(), own.end(), [&](const auto& pattern) { return covers(path, pattern); });
    if (covered == own.end()) return {};
    return base::invalid("Path: " + std::string(path) + " covers " + *covered +
                         ", a route of the control plane itself, which a module must not: begin it with the module's "
                         "own name, such as /my-module-example-com/v0/foos");
  };
}

}  // namespace threeport::apiserver
