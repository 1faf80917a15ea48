// Random histories of workloads that come, change and go, with crashes in between: nothing in use is ever removed, in
// the end nothing is left but what is retained, nothing is there twice, and the same inputs give the same plan. The
// controllers are played by the few lines of Play; what they decide is the real thing.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "dependencies/lifecycle.h"
#include "dependencies/testing.h"

namespace threeport::dependencies {
namespace {

using testing::need;
using testing::profile;
using testing::shared_need;
using testing::Shelf;

enum class Do { declare, leave, reconcile_workload, reconcile_instance, pods_end, wait };

struct Step {
  Do what = Do::wait;
  unsigned subject = 0;  ///< which workload or instance
  unsigned variant = 0;  ///< of declarations, or of time
  bool crashes = false;  ///< the attempt ends after its first write set
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << static_cast<int>(step.what) << "/" << step.subject << "/" << step.variant << (step.crashes ? "!" : "");
}

rc::Gen<Step> any_step() {
  return rc::gen::build<Step>(rc::gen::set(&Step::what, rc::gen::weightedElement<Do>({{3, Do::declare},
                                                                                      {1, Do::leave},
                                                                                      {8, Do::reconcile_workload},
                                                                                      {8, Do::reconcile_instance},
                                                                                      {4, Do::pods_end},
                                                                                      {2, Do::wait}})),
                              rc::gen::set(&Step::subject, rc::gen::inRange(0U, 40U)),
                              rc::gen::set(&Step::variant, rc::gen::inRange(0U, 64U)),
                              rc::gen::set(&Step::crashes, rc::gen::weightedElement<bool>({{4, false}, {1, true}})));
}

/// What workloads ask for: each bit of `variant` is one dependency.
std::vector<Declaration> declarations_of(unsigned variant) {
  std::vector<Declaration> out;
  if (variant & 1U) out.push_back(need("db", "postgres"));
  if (variant & 2U) out.push_back(shared_need("main", "postgres", "main"));
  if (variant & 4U) out.push_back(need("cache", "redis", json::Object{{"engine", variant & 32U ? "a" : "b"}}));
  if (variant & 8U) out.push_back(need("dns", "dns"));
  if ((variant & 24U) == 24U) out.push_back(need("route", "route", json::Object{{"host", "${resources.dns.host}"}}));
  if (variant & 16U) out.push_back(need("data", "volume"));
  return out;
}

class Play {
 public:
  Play() {
    DependencyProfile server = profile("server");
    server.shared = true;
    DependencyProfile redis = profile("redis");
    redis.immutable_params = {"engine"};
    DependencyProfile volume = profile("volume");
    volume.reclaim = "retain";
    shelf_.known_profiles = {profile("postgres", json::Object{{"server", json::Object{{"Type", "server"}}}}),
                             server,
                             redis,
                             profile("dns"),
                             profile("route"),
                             volume};
  }

  void step(const Step& step) {
    switch (step.what) {
      case Do::declare: {
        Workload& workload = workloads_[step.subject % kWorkloads];
        if (workload.is_leaving) break;
        if (workload.id == 0) workload.id = shelf_.new_id();
        workload.declared = step.variant;
        break;
      }
      case Do::leave:
        if (Workload& workload = workloads_[step.subject % kWorkloads]; workload.id != 0) workload.is_leaving = true;
        break;
      case Do::reconcile_workload:
        reconcile(workloads_[step.subject % kWorkloads], step.subject % kWorkloads, step.crashes);
        break;
      case Do::reconcile_instance:
        if (!shelf_.all_instances.empty()) {
          auto it = shelf_.all_instances.begin();
          std::advance(it, step.subject % shelf_.all_instances.size());
          reconcile(it->first, step.crashes);
        }
        break;
      case Do::pods_end: {
        Workload& workload = workloads_[step.subject % kWorkloads];
        workload.old_pods_use.clear();
        if (workload.is_leaving) workload.pods_use.clear();
        break;
      }
      case Do::wait: now_ += std::chrono::minutes(step.variant % 16); break;
    }
  }

  /// The first broken promise; "" where all hold.
  std::string broken() {
    std::set<std::pair<Identity, std::int64_t>> seen;
    for (const auto& [id, instance] : shelf_.all_instances) {
      if (!seen.emplace(identity_of(instance), instance.incarnation).second)
        return instance.identity + " is there twice";
    }
    for (const auto& [id, claim] : shelf_.all_claims) {
      if (!shelf_.all_instances.contains(claim.instance.id)) return "a claim is left of something that is gone";
    }
    for (const auto& [number, workload] : workloads_) {
      for (const auto* used : {&workload.pods_use, &workload.old_pods_use}) {
        for (const ObjectId id : *used) {
          const auto it = shelf_.all_instances.find(id);
          if (it == shelf_.all_instances.end()) return "something in use was removed";
          if (it->second.reconciliation.deletion_scheduled) return it->second.identity + " is in use and leaving";
        }
      }
    }
    return {};
  }

  /// Everything leaves, and the controllers do what is left to do.
  void end() {
    for (auto& [number, workload] : workloads_) workload.is_leaving = workload.id != 0;
    for (int round = 0; round < 30; ++round) {
      for (auto& [number, workload] : workloads_) {
        workload.old_pods_use.clear();
        workload.pods_use.clear();
        reconcile(workload, number, false);
      }
      std::vector<ObjectId> ids;
      for (const auto& [id, instance] : shelf_.all_instances) ids.push_back(id);
      for (const ObjectId id : ids) {
        if (shelf_.all_instances.contains(id)) reconcile(id, false);
      }
      now_ += std::chrono::minutes(11);
    }
  }
  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> out;
    for (const auto& [id, instance] : shelf_.all_instances) {
      if (!instance.retained_since) out.push_back(instance.identity);
    }
    for (const auto& [id, claim] : shelf_.all_claims) out.push_back("claim " + claim.alias);
    return out;
  }

 private:
  static constexpr unsigned kWorkloads = 6;
  struct Workload {
    ObjectId id = 0;
    unsigned declared = 0;
    bool is_leaving = false;
    std::set<ObjectId> pods_use, old_pods_use;
  };

  [[nodiscard]] Setting setting(ObjectId workload) const {
    Setting out;
    out.environment = "dev";
    out.environment_id = 1'000'000;
    out.runtime_id = 1'000'001;
    out.workload_instance_id = workload;
    return out;
  }

  void release(const Claimant& claimant) {
    const auto claims = shelf_.claims_by(claimant).value();
    for (const DependencyClaim& claim : claims) shelf_.all_claims.erase(claim.meta.id);
  }

  void reconcile(Workload& workload, unsigned number, bool crashes) {
    if (workload.id == 0) return;
    const Claimant claimant{.id = workload.id, .is_workload = true, .name = "w" + std::to_string(number) + "-dev"};
    if (workload.is_leaving) {
      if (!workload.pods_use.empty() || !workload.old_pods_use.empty()) return;
      release(claimant);
      if (!crashes) workload = {};
      return;
    }
    const Request request{.claimant = claimant,
                          .declarations = declarations_of(workload.declared),
                          .setting = setting(workload.id),
                          .discard_data = true};
    const auto outcome = shelf_.resolve_for(request);
    if (!outcome) return;
    RC_ASSERT(is_same(outcome->resolution, shelf_.resolve_for(request)->resolution));
    if (!shelf_.write(outcome->writes) || crashes) return;
    std::set<ObjectId> uses;
    for (const auto& [alias, id] : outcome->writes.by_alias) {
      if (!ready_.contains(id)) return;
      uses.insert(id);
    }
    if (uses != workload.pods_use) {
      workload.old_pods_use.insert(workload.pods_use.begin(), workload.pods_use.end());
      workload.pods_use = uses;
    }
    for (const ObjectId id : outcome->resolution.releases) {
      const auto phase = phase_of({.has_old_pods = !workload.old_pods_use.empty()});
      if (!phase) shelf_.all_claims.erase(id);
    }
  }

  void reconcile(ObjectId id, bool crashes) {
    DependencyInstance& instance = shelf_.all_instances.at(id);
    const auto claims = shelf_.claims_on(id).value();
    if (instance.reconciliation.deletion_scheduled) {
      if (crashes) return;  // taken away outside, but not confirmed
      release({.id = id, .is_workload = false, .name = {}});
      ready_.erase(id);
      shelf_.all_instances.erase(id);
      return;
    }
    const auto profile_now = schema::from_json<DependencyProfile>(instance.profile).value();
    const bool superseded =
        std::any_of(shelf_.all_instances.begin(), shelf_.all_instances.end(), [&](const auto& other) {
          return identity_of(other.second) == identity_of(instance) && other.second.incarnation > instance.incarnation;
        });
    if (!claims.empty()) instance.idle_since.reset();
    if (claims.empty() && !instance.idle_since) instance.idle_since = now_;
    const Verdict verdict = judge(instance, profile_now, {.claims = claims.size(), .is_superseded = superseded}, now_);
    instance.retained_since = verdict.fate == Fate::retain ? std::optional(now_) : std::nullopt;
    if (verdict.fate == Fate::remove) {
      instance.reconciliation.deletion_scheduled = now_;
      ++instance.meta.version;
    }
    if (verdict.fate != Fate::serve) return;
    const Request request{.claimant = {.id = id, .is_workload = false, .name = instance.key},
                          .declarations = parse_declarations(profile_now.requires_, "Requires").value(),
                          .setting = restrict_to(setting(0), instance.scope)};
    const auto outcome = shelf_.resolve_for(request);
    if (!outcome || !shelf_.write(outcome->writes) || crashes) return;
    const bool all_ready = std::all_of(outcome->writes.by_alias.begin(), outcome->writes.by_alias.end(),
                                       [&](const auto& entry) { return ready_.contains(entry.second); });
    if (all_ready) ready_.insert(id);
  }

  static bool is_same(const Resolution& a, const Resolution& b) {
    const auto text = [](const Resolution& resolution) {
      std::string out;
      for (const Node& node : resolution.nodes)
        out +=
            std::string(to_string(node.action)) + node.instance.identity + std::to_string(node.instance.meta.id) + ";";
      for (const Edge& edge : resolution.edges)
        out +=
            std::to_string(edge.from) + ">" + std::to_string(edge.to) + edge.alias + std::to_string(edge.claim) + ";";
      for (const ObjectId id : resolution.releases) out += std::to_string(id) + ";";
      return out;
    };
    return text(a) == text(b);
  }

  Shelf shelf_;
  std::map<unsigned, Workload> workloads_;
  std::set<ObjectId> ready_;
  base::TimePoint now_ = base::TimePoint(std::chrono::hours(24));
};

/// About 100,000 steps in a run: 100 histories of up to 2,000.
TEST(DependencyHistory, KeepsItsPromises) {
  const bool holds = rc::check("whatever comes, changes, goes and crashes", [] {
    const auto steps = *rc::gen::scale(20.0, rc::gen::container<std::vector<Step>>(any_step()));
    Play play;
    for (const Step& step : steps) {
      play.step(step);
      RC_ASSERT(play.broken() == "");
    }
    play.end();
    RC_ASSERT(play.broken() == "");
    RC_ASSERT(play.left() == std::vector<std::string>());
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace threeport::dependencies
