#include "apiserver/history.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "apiserver/envelope.h"
#include "apiserver/rest.h"
#include "apiserver/write_set.h"

namespace threeport::apiserver {
namespace {

constexpr std::int64_t kPage = 100;
constexpr int kRaces = 16;
constexpr store::Sequence kNewest = INT64_MAX;

base::Result<json::Value> parse_logged(const store::Change& change) {
  auto value = json::parse(change.body);
  if (!value)
    return base::internal("change " + std::to_string(change.sequence) + " cannot be read: " + value.error().message);
  return value;
}

base::Result<json::Value> declared_members(const KindDescriptor& kind, const store::Row& row) {
  auto document = json::parse(row.doc);
  if (!document)
    return base::internal("the document of " + kind.words() + " " + std::to_string(row.id) +
                          " cannot be read: " + document.error().message);
  return logged_members(kind, *document);
}

/// In the order of the table, after the ID.
json::Value in_order(const KindDescriptor& kind, ObjectId id, const json::Value& members) {
  json::Object out{{"ID", id}};
  for (const schema::FieldDescriptor& field : kind.fields) {
    if (const json::Value* value = members.find(field.name)) out.append(std::string(field.name), *value);
  }
  return out;
}

std::string_view word_of(store::Verb verb) {
  switch (verb) {
    case store::Verb::created: return "created";
    case store::Verb::updated: return "updated";
    case store::Verb::deleted: break;
  }
  return "deleted";
}

json::Value shown(const Past::Step& step) {
  const store::Change& change = step.change;
  json::Object out{{"Sequence", change.sequence},
                   {"At", base::format_time(change.at)},
                   {"Verb", word_of(change.verb)},
                   {"By", change.by},
                   {"RequestID", change.request_id}};
  if (!change.reason.empty()) out.append("Reason", change.reason);
  if (step.before && step.after && !step.after->is_null())
    out.append("Patch", step.before->is_null() ? *step.after : json::make_merge_patch(*step.before, *step.after));
  return out;
}

base::Result<json::Array> history_page(Objects& objects, const KindDescriptor& kind, ObjectId id,
                                       const ListQuery& query) {
  TP_TRY(Past past, Past::open(objects, kind, id));
  json::Array out;
  for (std::int64_t number = 0; !query.limit || number < query.offset + *query.limit; ++number) {
    TP_TRY(const auto step, past.next());
    if (!step) break;
    if (number >= query.offset) out.push_back(shown(*step));
  }
  return out;
}

http::Response history(Objects& objects, const KindDescriptor& kind, Call& call) {
  constexpr std::string_view kType = "Change";
  std::int64_t page = 0, size = 0;
  auto id = parse_id(call.parameters[0]);
  if (!id) return failure(kType, id.error());
  auto query = parse_list_query(kind, call.query, page, size);
  if (!query) return failure(kType, query.error());
  auto changes = history_page(objects, kind, *id, *query);
  if (!changes) return failure(kType, changes.error());
  auto total = objects.store().count_changes_of(*id);
  if (!total) return failure(kType, total.error());
  return success(kType, json::dump(std::move(*changes)), {page, size, *total});
}

/// What `at` names.
struct Moment {
  std::string text;
  std::optional<store::Sequence> sequence;
  base::TimePoint time{};

  [[nodiscard]] bool is_reached_by(const store::Change& change) const {
    return sequence ? change.sequence <= *sequence : change.at <= time;
  }
  [[nodiscard]] bool is_after(const store::Purged& purged) const {
    return sequence ? purged.sequence <= *sequence : purged.at <= time;
  }
};

base::Result<Moment> parse_moment(Objects& objects, std::string_view text) {
  Moment out{.text = std::string(text), .sequence = {}};
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
    TP_TRY(const store::Sequence head, objects.store().head());
    store::Sequence sequence = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), sequence);
    if (code == std::errc{} && sequence <= head) {
      out.sequence = sequence;
      return out;
    }
    return base::invalid("at: no change has the sequence " + out.text + " yet, the newest has " + std::to_string(head) +
                         ": name that one or an earlier one");
  }
  auto time = base::parse_time(text);
  if (!time)
    return base::invalid(
        "at must be a time (RFC 3339) such as 2030-01-02T03:04:05Z or the sequence number of a change, "
        "not \"" +
        out.text + "\"");
  out.time = *time;
  return out;
}

base::Error expired(const KindDescriptor& kind, ObjectId id, const Moment& moment, const store::Purged& purged) {
  base::Error error = base::invalid("what " + kind.words() + " " + std::to_string(id) + " was at " + moment.text +
                                    " is no longer kept: the change log begins after sequence " +
                                    std::to_string(purged.sequence) + " (" + base::format_time(purged.at) +
                                    "); name a later time, or let the server keep more (--audit-retention)");
  error.kind = base::ErrorKind::expired;
  return error;
}

base::Error absent(const KindDescriptor& kind, ObjectId id, const Moment& moment, const store::Change* change) {
  std::string message = "there was no " + kind.words() + " " + std::to_string(id) + " at " + moment.text;
  if (change != nullptr) {
    message += std::string(change->verb == store::Verb::deleted ? ": it was deleted at " : ": it was made at ") +
               base::format_time(change->at) + " (sequence " + std::to_string(change->sequence) + ")";
  }
  return base::not_found(std::move(message));
}

struct PastState {
  store::Sequence sequence = 0;  ///< of the change that made it so; 0: that one is purged
  json::Value members;
};

base::Result<PastState> state_at(Objects& objects, const KindDescriptor& kind, ObjectId id, const Moment& moment) {
  TP_TRY(Past past, Past::open(objects, kind, id));
  for (;;) {
    TP_TRY(const auto step, past.next());
    if (!step) break;
    if (moment.is_reached_by(step->change)) {
      if (!step->after) break;
      if (step->after->is_null()) return absent(kind, id, moment, &step->change);
      return PastState{step->change.sequence, *step->after};
    }
    if (step->change.verb == store::Verb::created) return absent(kind, id, moment, &step->change);
  }
  // Read after the changes: what was purged meanwhile is known to be.
  TP_TRY(const store::Purged purged, objects.store().purged());
  const std::optional<json::Value>& oldest = past.now();
  if (!oldest || !moment.is_after(purged)) return expired(kind, id, moment, purged);
  if (oldest->is_null()) return absent(kind, id, moment, nullptr);
  return PastState{0, *oldest};
}

/// An element of a history.
json::Value change_schema() {
  return closed_schema({{"Sequence", integer_schema()},
                        {"At", text_schema()},
                        {"Verb", text_schema()},
                        {"By", text_schema()},
                        {"RequestID", text_schema()},
                        {"Reason", text_schema()},
                        {"Patch", json::Object{{"type", "object"}}}},
                       {"Sequence", "At", "Verb", "By"});
}

}  // namespace

base::Result<Past> Past::open(Objects& objects, const KindDescriptor& kind, ObjectId id) {
  for (int race = 0; race < kRaces; ++race) {
    Past past(objects, kind, id);
    TP_TRY(const bool begun, past.try_begin());
    if (begun) return past;
  }
  return base::unavailable("the object is being changed by others too fast; try again");
}

/// False: the object was changed between the two reads.
base::Result<bool> Past::try_begin() {
  TP_TRY(auto rows, objects_.store().last_known({id_}));
  if (!rows.empty()) row_ = std::move(rows.front());
  TP_CHECK(read(kNewest));
  const bool is_known = row_ ? row_->kind == kind_.name : !changes_.empty() && changes_.front().kind == kind_.name;
  if (!is_known) return base::not_found("there is no " + std::string(kind_.name) + " with id " + std::to_string(id_));
  const bool is_gone = changes_.empty() ? row_->deleted_at.has_value() : changes_.front().verb == store::Verb::deleted;
  if (is_gone) {
    state_ = json::Value();
    return true;
  }
  if (!row_ || (!changes_.empty() && changes_.front().generation > row_->generation)) return false;
  TP_TRY(state_, declared_members(kind_, *row_));
  return true;
}

base::Result<void> Past::read(store::Sequence before) {
  TP_TRY(changes_, objects_.store().changes_of(id_, before, kPage));
  next_ = 0;
  return {};
}

base::Result<std::optional<Past::Step>> Past::next() {
  if (next_ == changes_.size() && next_ == static_cast<std::size_t>(kPage)) TP_CHECK(read(changes_.back().sequence));
  if (next_ == changes_.size()) return std::optional<Step>();
  Step step{.change = changes_[next_++], .before = {}, .after = state_};
  TP_TRY(step.before, state_before(step.change));
  if (step.change.verb == store::Verb::created && !step.after) {
    TP_TRY(step.after, parse_logged(step.change));
  }
  state_ = step.before;
  return std::optional(std::move(step));
}

base::Result<std::optional<json::Value>> Past::state_before(const store::Change& change) const {
  switch (change.verb) {
    case store::Verb::created: return std::optional(json::Value());
    case store::Verb::deleted: {
      if (change.body.empty() && !row_) return std::optional<json::Value>();
      TP_TRY(json::Value members, change.body.empty() ? declared_members(kind_, *row_) : parse_logged(change));
      return std::optional(std::move(members));
    }
    case store::Verb::updated: break;
  }
  if (!state_) return std::optional<json::Value>();
  TP_TRY(const json::Value reverse, parse_logged(change));
  json::Value members = *state_;
  json::apply_merge_patch(members, reverse);
  return std::optional(std::move(members));
}

void add_history_routes(Router& router, Objects& objects) {
  for (const KindDescriptor& kind : objects.registry().kinds()) {
    if (!kind.routed || !kind.logged) continue;
    router
        .add("GET", "/v0/" + std::string(kind.path) + "/{}/history",
             "The changes of the declared members of a " + kind.words() + ", newest first",
             [&objects, &kind](Call& call) { return history(objects, kind, call); })
        .in_group(kind.name)
        .named("historyOf" + std::string(kind.name))
        .query("page", "Page, from 1.", integer_schema(-1, std::numeric_limits<std::int32_t>::max()))
        .query("size", "Changes a page; -1 for all.", integer_schema(-1, std::numeric_limits<std::int32_t>::max()))
        .answers(200, enveloped(change_schema()))
        .fails({400, 404, 503});
  }
}

http::Response answer_past(Objects& objects, const KindDescriptor& kind, const Call& call) {
  if (!kind.logged)
    return failure(kind.name, base::invalid("at: objects of kind " + std::string(kind.name) +
                                            " have no history; leave it out for what they are now"));
  if (call.query.contains("wait") || call.query.contains("watch"))
    return failure(kind.name, base::invalid("at goes without wait and watch: the past does not change"));
  auto id = parse_id(call.parameters[0]);
  if (!id) return failure(kind.name, id.error());
  auto moment = parse_moment(objects, *call.query.get("at"));
  if (!moment) return failure(kind.name, moment.error());
  auto state = state_at(objects, kind, *id, *moment);
  if (!state) return failure(kind.name, state.error());
  http::Response response = success(kind.name, "[" + json::dump(in_order(kind, *id, state->members)) + "]");
  if (state->sequence > 0) response.headers.add("Threeport-Sequence", std::to_string(state->sequence));
  return response;
}

}  // namespace threeport::apiserver
