#include "reconcile/runner.h"

#include "base/log.h"

namespace threeport::reconcile {
namespace {

using apiserver::Object;

/// Stands in for the reconciler of a kind that has none in this program: says so, and lets go at once.
class NoController final : public ReconcilerBase {
 public:
  [[nodiscard]] std::string_view kind() const override { return ""; }
  std::string lane(const Object&, Context&) override { return ""; }
  base::Result<Outcome> reconcile(Object& object, Context&) override {
    base::Error error = base::invalid("no controller of this version works on kind " + std::string(object.kind->name));
    error.reason = "NoController";
    return error;
  }
  base::Result<Outcome> remove(Object&, Context&) override { return Outcome::settled(); }
};

void log_failure(std::string_view kind, ObjectId id, const Report& report) {
  if (!report.error || report.end == End::lost || report.at_once) return;
  const base::Error& error = *report.error;
  if (error.reason == "NoController") return;
  if (error.kind == base::ErrorKind::internal) {
    log::error("attempt failed for an internal error", {{"kind", kind}, {"id", id}, {"error", error}});
  } else {
    log::warn("attempt failed", {{"kind", kind}, {"id", id}, {"failures", report.standing.failures}, {"error", error}});
  }
}

}  // namespace

Runner::Runner(Surroundings& around, Board& board, std::vector<std::unique_ptr<ReconcilerBase>> reconcilers)
    : around_(around),
      board_(board),
      events_(around.objects, around.options.events_per_object),
      none_(std::make_unique<NoController>()) {
  for (auto& reconciler : reconcilers) {
    const std::string kind(reconciler->kind());
    TP_ASSERT(reconcilers_.try_emplace(kind, std::move(reconciler)).second);  // one controller a kind
  }
}

bool Runner::run_one() {
  const auto assignment = board_.take();
  if (!assignment) return false;
  run(*assignment);
  return true;
}

void Runner::run(const Assignment& assignment) {
  auto object = read(assignment.id);
  std::string kind;
  std::optional<Report> report;
  if (!object) {
    report = not_written(around_, assignment.standing, std::move(object).error());
  } else if (!*object) {
    report = absent(assignment);
  } else {
    kind = (*object)->kind->name;
    report = attempt(assignment, std::move(**object));
  }
  if (!report) return;
  log_failure(kind, assignment.id, *report);
  board_.finish(assignment.id, kind, *report);
}

base::Result<std::optional<Object>> Runner::read(ObjectId id) {
  TP_TRY(const std::vector<store::Row> rows, around_.objects.store().get_many({id}));
  if (rows.empty()) return std::optional<Object>();
  const KindDescriptor* kind = around_.objects.registry().find(rows.front().kind);
  if (kind == nullptr || !kind->reconciled) return std::optional<Object>();
  return std::optional(around_.objects.to_object(rows.front()));
}

std::optional<Report> Runner::attempt(const Assignment& assignment, Object object) {
  if (is_exempt(object)) return Report{.end = End::exempt, .error = {}, .standing = {}};
  ReconcilerBase& reconciler = reconciler_of(*object.kind);
  AttemptContext ctx(around_, {.id = assignment.id,
                               .kind = object.kind,
                               .lease = assignment.lease,
                               .stop = assignment.stop,
                               .deadline = assignment.deadline});
  auto lane = lane_of(reconciler, object, ctx);
  if (lane && !assignment.in_lane && !board_.enter(assignment.id, *lane)) return std::nullopt;

  Attempt attempt(around_, events_, ctx, assignment.standing);
  Report report = lane ? attempt.run(reconciler, std::move(object)) : attempt.fail(object, std::move(lane).error());
  if (report.end != End::lost) ctx.publish_reads();
  return report;
}

/// The object is not there any more, and so its timer goes, too.
Report Runner::absent(const Assignment& assignment) {
  if (assignment.standing.stored) {
    auto dropped = around_.objects.store().commit({.by = "controller",
                                                   .request_id = {},
                                                   .reason = "the object is gone",
                                                   .preconditions = {assignment.lease},
                                                   .puts = {},
                                                   .work = {{.id = assignment.id, .next_at = {}, .failures = 0}}});
    if (!dropped) return not_written(around_, assignment.standing, std::move(dropped).error());
  }
  return {.end = End::gone, .error = {}, .standing = {}};
}

ReconcilerBase& Runner::reconciler_of(const KindDescriptor& kind) {
  const auto it = reconcilers_.find(kind.name);
  return it == reconcilers_.end() ? *none_ : *it->second;
}

}  // namespace threeport::reconcile
