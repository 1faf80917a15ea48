#include "controllers/workload/runtime_events.h"

#include <algorithm>

namespace threeport::controllers::workload {
namespace {

const kinds::WorkloadEvent* find_uid(const std::vector<kinds::WorkloadEvent>& stored, std::string_view uid) {
  const auto it =
      std::find_if(stored.begin(), stored.end(), [&](const auto& event) { return event.runtime_event_uid == uid; });
  return it == stored.end() ? nullptr : &*it;
}

base::TimePoint last_seen(const json::Value& event) {
  for (const std::string_view text : {event.at("series", "lastObservedTime").text(), event.at("lastTimestamp").text(),
                                      event.at("eventTime").text(), event.at("metadata", "creationTimestamp").text()}) {
    if (auto time = base::parse_time(text)) return *time;
  }
  return {};
}

std::string subject_and_message(const json::Value& event) {
  const json::Value& object = event.at("involvedObject");
  return std::string(object.at("kind").text()) + " " + std::string(object.at("name").text()) + ": " +
         std::string(event.at("message").text());
}

void put(reconcile::Batch& batch, const kinds::WorkloadEvent* old, const kinds::WorkloadEvent& wanted) {
  if (old == nullptr) {
    batch.create(wanted);
  } else if (old->message != wanted.message || old->timestamp != wanted.timestamp || old->type != wanted.type) {
    batch.merge<kinds::WorkloadEvent>(old->meta.id, json::Object{{"Type", wanted.type},
                                                                 {"Message", wanted.message},
                                                                 {"Timestamp", base::format_time(wanted.timestamp)}});
  }
}

}  // namespace

void add_kubernetes_events(reconcile::Batch& batch, schema::ObjectId instance,
                           const std::vector<kinds::WorkloadEvent>& stored, const std::vector<json::Value>& events) {
  std::vector<const json::Value*> newest;
  for (const json::Value& event : events) newest.push_back(&event);
  std::sort(newest.begin(), newest.end(), [](const auto* a, const auto* b) { return last_seen(*a) > last_seen(*b); });
  newest.resize(std::min(newest.size(), kKeptEvents));
  std::size_t added = 0;
  for (const json::Value* event : newest) {
    kinds::WorkloadEvent wanted;
    wanted.runtime_event_uid = event->at("metadata", "uid").text();
    wanted.type = event->at("type").text();
    wanted.reason = event->at("reason").text();
    wanted.message = subject_and_message(*event);
    wanted.timestamp = last_seen(*event);
    wanted.workload_instance = {instance};
    const kinds::WorkloadEvent* old = find_uid(stored, wanted.runtime_event_uid);
    added += old == nullptr ? 1 : 0;
    put(batch, old, wanted);
  }
  std::vector<const kinds::WorkloadEvent*> old_ones;
  for (const auto& event : stored) {
    if (!event.runtime_event_uid.starts_with("threeport-")) old_ones.push_back(&event);
  }
  std::sort(old_ones.begin(), old_ones.end(), [](const auto* a, const auto* b) { return a->timestamp < b->timestamp; });
  const std::size_t total = old_ones.size() + added;
  for (std::size_t i = 0; i + kKeptEvents < total && i < old_ones.size(); ++i) {
    const bool still_there = std::any_of(newest.begin(), newest.end(), [&](const auto* event) {
      return event->at("metadata", "uid").text() == old_ones[i]->runtime_event_uid;
    });
    if (!still_there) batch.remove<kinds::WorkloadEvent>(old_ones[i]->meta.id);
  }
}

void add_own_event(reconcile::Batch& batch, schema::ObjectId instance, const std::vector<kinds::WorkloadEvent>& stored,
                   bool ready, std::string_view reason, std::string_view message, base::TimePoint now) {
  kinds::WorkloadEvent wanted;
  wanted.runtime_event_uid = "threeport-" + std::to_string(instance) + "-" + std::string(reason);
  wanted.type = ready || reason == "Progressing" ? "Normal" : "Warning";
  wanted.reason = reason;
  wanted.message = message.empty() ? std::string(reason) : std::string(message);
  wanted.timestamp = now;
  wanted.workload_instance = {instance};
  put(batch, find_uid(stored, wanted.runtime_event_uid), wanted);
}

}  // namespace threeport::controllers::workload
