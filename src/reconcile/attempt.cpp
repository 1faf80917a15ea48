#include "reconcile/attempt.h"

#include <algorithm>
#include <exception>
#include <type_traits>

namespace threeport::reconcile {
namespace {

using apiserver::Object;
using apiserver::Write;
using base::Error;
using base::ErrorKind;
using base::Millis;
using base::Result;

/// The shortest time after which an object is looked at again on its reconciler's wish.
constexpr Millis kShortest(50);

Error panic(std::string_view kind, std::string_view what) {
  Error error = base::internal("the " + std::string(kind) + " controller failed: a bug, please report it");
  error.detail = what;
  return error;
}

/// Runs code of a controller. This is the one place where its exceptions end: each becomes the object's `internal`
/// error.
template <typename Call>
auto contain(std::string_view kind, Call call) -> Result<typename std::invoke_result_t<Call>::value_type> {
  try {
    return call();
  } catch (const std::exception& exception) {
    return panic(kind, exception.what());
  } catch (...) {
    return panic(kind, "an exception of unknown type");
  }
}

bool is_race(const Error& error) {
  return error.kind == ErrorKind::conflict || error.kind == ErrorKind::precondition || error.kind == ErrorKind::expired;
}

/// True if the store keeps the timer, so that another holder of the shard goes on with the backoff. What waits for
/// other objects is attempted by it at once instead: it has to learn again for which.
bool has_stored_timer(const Report& report) {
  if (!report.error || !report.standing.due) return false;
  return report.error->kind != ErrorKind::not_found && report.error->kind != ErrorKind::blocked;
}

Report after_error(Surroundings& around, const Standing& before, Error error, int earlier_failures) {
  Report report{.end = End::failed,
                .error = std::move(error),
                .standing = {.due = {}, .failures = earlier_failures + 1, .waits = 0, .stored = before.stored}};
  const auto delay = delay_after(*report.error, report.standing.failures, around.options.backoff, around.random);
  report.at_once = delay == Millis(0) && is_race(*report.error);
  if (!delay) report.standing.failures = 0;  // no timer: only news help
  if (delay && !report.at_once) report.standing.due = around.clock.steady_now() + *delay;
  return report;
}

}  // namespace

std::string_view to_string(End end) {
  switch (end) {
    case End::settled: return "settled";
    case End::waiting: return "waiting";
    case End::failed: return "failed";
    case End::gone: return "gone";
    case End::exempt: return "exempt";
    case End::lost: break;
  }
  return "lost";
}

Result<std::string> lane_of(ReconcilerBase& reconciler, const Object& object, Context& ctx) {
  TP_TRY(std::string lane,
         contain(object.kind->name, [&]() -> Result<std::string> { return reconciler.lane(object, ctx); }));
  return lane.empty() ? std::string(object.kind->name) : std::move(lane);
}

Report not_written(Surroundings& around, const Standing& before, Error error) {
  if (error.kind == ErrorKind::canceled) return {.end = End::lost, .error = std::move(error), .standing = before};
  if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::conflict;  // it went meanwhile: look again
  if (is_stalling(error.kind)) error.kind = ErrorKind::internal;             // nobody would learn of it
  return after_error(around, before, std::move(error), before.failures);
}

Report Attempt::run(ReconcilerBase& reconciler, Object object) {
  const Object seen = object;
  const Result<Outcome> result = call(reconciler, object);
  if (!result && result.error().kind == ErrorKind::canceled) return not_written(result.error());
  return conclude(seen, object.data, result);
}

Report Attempt::fail(const Object& object, Error error) { return conclude(object, object.data, std::move(error)); }

Result<Outcome> Attempt::call(ReconcilerBase& reconciler, Object& object) {
  Result<Outcome> result = contain(object.kind->name, [&] {
    return object.is_deleting() ? reconciler.remove(object, ctx_) : reconciler.reconcile(object, ctx_);
  });
  if (result || result.error().kind != ErrorKind::canceled) return result;
  // Canceled by whom? A lost lease and a shutdown end the attempt without a word; everything else is a failure.
  const bool is_late = ctx_.time_left() == Millis(0);
  if (ctx_.stop().stop_requested() && !is_late) return result;
  Error error = std::move(result).error();
  error.kind = ErrorKind::unavailable;
  if (is_late) {
    error.message = "gave up after " + base::format_duration(around_.options.attempt_deadline) + ": " + error.message;
  }
  return error;
}

Report Attempt::conclude(const Object& seen, const json::Value& data, const Result<Outcome>& result) {
  auto members = changed_members(seen, data);
  if (!members) return conclude(seen, seen.data, std::move(members).error());
  if (result && result->applied && seen.is_deleting()) return confirm_deletion(seen);

  const StatusChange change = make_status_change(
      {.seen = seen, .latest = latest(seen), .result = result, .now = around_.clock.now()}, *members);
  Report report = schedule(seen, result, change.members.find("Conditions") != nullptr);
  if (report.at_once) return report;  // a lost race is repeated before anybody hears of it
  auto needs_another = write_status(seen, change, report);
  if (!needs_another) {
    const ErrorKind kind = needs_another.error().kind;
    const bool is_refused = kind == ErrorKind::invalid || kind == ErrorKind::internal;
    if (is_refused && !members->as_object().empty()) return conclude(seen, seen.data, std::move(needs_another).error());
    Report failed = not_written(std::move(needs_another).error());
    failed.standing.stored |= has_stored_timer(report);  // the write may have succeeded, and its answer got lost
    return failed;
  }
  report.standing.stored = has_stored_timer(report);
  report.at_once = *needs_another;
  return report;
}

Report Attempt::confirm_deletion(const Object& seen) {
  const Object& last = latest(seen);
  const EventDraft draft{.reason = "SuccessfulDelete",
                         .note = seen.kind->words() + " successfully reconciled for deleted operation"};
  auto writes = events_.record(last, {draft}, around_.clock.now());
  if (!writes) return not_written(std::move(writes).error());
  writes->insert(writes->begin(), Write{.op = Write::Op::finalize,
                                        .kind = std::string(seen.kind->name),
                                        .id = seen.id,
                                        .body = {},
                                        .version = last.version,
                                        .observed = {},
                                        .by_controller = true});
  Report report{.end = End::gone, .error = {}, .standing = {}};
  apiserver::WriteContext context = ctx_.write_context();
  context.work = work_of(report);
  auto written = around_.objects.write(*writes, context);
  if (!written) return not_written(std::move(written).error());
  return report;
}

Result<bool> Attempt::write_status(const Object& seen, const StatusChange& change, const Report& report) {
  const Object& last = latest(seen);
  apiserver::WriteContext context = ctx_.write_context();
  context.work = work_of(report);
  if (change.is_empty()) {
    if (!context.work.empty()) {
      TP_CHECK(around_.objects.store().commit({.by = context.by,
                                               .request_id = context.request_id,
                                               .reason = context.reason,
                                               .preconditions = context.preconditions,
                                               .puts = {},
                                               .work = context.work}));
    }
    return last.generation != seen.generation;
  }
  std::vector<Write> writes{{.op = Write::Op::merge,
                             .kind = std::string(seen.kind->name),
                             .id = seen.id,
                             .body = change.members,
                             .version = last.version,
                             .observed = change.observed,
                             .by_controller = true}};
  TP_TRY(std::vector<Write> events, events_.record(last, change.events, around_.clock.now()));
  writes.insert(writes.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
  TP_TRY(const std::vector<Object> written, around_.objects.write(writes, context));
  return written.front().generation != seen.generation;
}

Report Attempt::schedule(const Object& seen, const Result<Outcome>& result, bool is_news) {
  if (result) return schedule(*result, seen.is_deleting(), is_news);
  // A user's edit starts afresh: the failures before it tell nothing about it.
  const std::vector<schema::Condition> conditions = conditions_of(seen);
  const bool is_edited = !conditions.empty() && conditions.front().observed_generation != seen.generation;
  return after_error(around_, before_, result.error(), is_edited ? 0 : before_.failures);
}

Report Attempt::schedule(const Outcome& outcome, bool is_deleting, bool is_news) {
  const bool is_settled = outcome.applied && outcome.ready && !is_deleting;
  Report report{.end = is_settled ? End::settled : End::waiting, .error = {}, .standing = {}};
  std::optional<Millis> delay = outcome.recheck;
  if (!is_settled) {
    report.standing.waits = is_news ? 1 : before_.waits + 1;
    if (!delay) delay = delay_of_wait(report.standing.waits, around_.options.backoff, around_.random);
  }
  if (delay) report.standing.due = around_.clock.steady_now() + std::max(*delay, kShortest);
  return report;
}

/// The change of the object's row in the work table.
std::vector<store::WorkItem> Attempt::work_of(const Report& report) const {
  const ObjectId id = ctx_.id();
  if (has_stored_timer(report)) {
    const auto delay =
        std::chrono::duration_cast<std::chrono::microseconds>(*report.standing.due - around_.clock.steady_now());
    return {{.id = id, .next_at = around_.clock.now() + delay, .failures = report.standing.failures}};
  }
  if (before_.stored) return {{.id = id, .next_at = {}, .failures = 0}};
  return {};
}

const Object& Attempt::latest(const Object& seen) const { return ctx_.own() ? *ctx_.own() : seen; }

}  // namespace threeport::reconcile
