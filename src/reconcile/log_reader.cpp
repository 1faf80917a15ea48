#include "reconcile/log_reader.h"

#include <charconv>

#include "apiserver/admission.h"
#include "base/log.h"

namespace threeport::reconcile {
namespace {

constexpr std::int64_t kBatch = 500;

}  // namespace

base::Result<void> LogReader::begin() {
  if (position_) return {};
  TP_TRY(position_, around_.objects.store().head());
  return {};
}

base::Result<bool> LogReader::step() {
  TP_CHECK(begin());
  store::Store& store = around_.objects.store();
  auto changes = store.changes(*position_, kBatch);
  if (!changes && changes.error().kind == base::ErrorKind::expired) {
    log::warn("the change log was read too late, every object is looked at", {{"position", *position_}});
    TP_TRY(position_, store.head());
    board_.walk_all();
    return true;
  }
  if (!changes) return std::move(changes).error();
  if (changes->empty()) return false;
  TP_TRY(const Rows rows, rows_to_compare(*changes));
  for (const store::Change& change : *changes) deliver(change, rows);
  board_.count_changes(changes->size());
  position_ = changes->back().sequence;
  return true;
}

/// The objects whose members decide which queries they have entered. (Those that leave a query, or are deleted, wake
/// its readers as objects that were read.)
base::Result<LogReader::Rows> LogReader::rows_to_compare(const std::vector<store::Change>& changes) {
  Rows rows;
  std::vector<ObjectId> ids;
  for (const store::Change& change : changes) {
    if (!change.wakes || change.verb == store::Verb::deleted) continue;
    if (!around_.reads.filters(change.kind).empty() && rows.try_emplace(change.id).second) ids.push_back(change.id);
  }
  if (ids.empty()) return rows;
  TP_TRY(std::vector<store::Row> found, around_.objects.store().get_many(ids));
  rows.clear();
  for (store::Row& row : found) rows.emplace(row.id, std::move(row));
  return rows;
}

void LogReader::deliver(const store::Change& change, const Rows& rows) {
  const KindDescriptor* kind = around_.objects.registry().find(change.kind);
  if (kind == nullptr) return;  // of a newer program
  const ObjectId writer = writer_of(change);
  if (kind->reconciled && change.id != writer) board_.wake(change.id, Urgency::prompt);
  if (!change.wakes) return;
  board_.wake_readers(Read::object(change.id), writer);
  board_.wake_readers(Read::all_of(change.kind), writer);
  const auto row = rows.find(change.id);
  if (row == rows.end()) return;
  const apiserver::Object object = around_.objects.to_object(row->second);
  for (const std::string& member : around_.reads.filters(change.kind)) {
    const json::Value& value = object.data.at(member);
    if (!value.is_null()) board_.wake_readers(Read::query(change.kind, member, apiserver::index_text(value)), writer);
  }
}

/// The object whose attempt here made the change; 0: it came from elsewhere.
ObjectId LogReader::writer_of(const store::Change& change) const {
  const std::string_view text = change.request_id;
  if (!text.starts_with(around_.token)) return 0;
  ObjectId id = 0;
  std::from_chars(text.data() + around_.token.size(), text.data() + text.size(), id);
  return id;
}

}  // namespace threeport::reconcile
