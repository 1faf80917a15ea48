// Event and AttachedObjectReference: what happened to which object.
#pragma once

#include <array>

#include "kinds/groups.h"

namespace threeport::kinds {

struct AttachedObjectReference {
  static constexpr std::array<std::string_view, 4> kIdentity{"ObjectType", "ObjectID", "AttachedObjectType",
                                                             "AttachedObjectID"};
  static constexpr KindInfo kind{.name = "AttachedObjectReference",
                                 .path = "attached-object-references",
                                 .alias = "",
                                 .doc = "Ties one object to another, such as an event to what it is about.",
                                 .identity = kIdentity};
  ObjectMeta meta;
  std::string object_type;
  std::int64_t object_id = 0;
  std::string attached_object_type;
  std::int64_t attached_object_id = 0;

  static constexpr auto fields() {
    using Self = AttachedObjectReference;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::object_type>("ObjectType", "Kind of the object, as in v0.WorkloadInstance.",
                                      required | filter),
            field<&Self::object_id>("ObjectID", "The object.", required | filter | indexed).bounds(0, schema::kMaxId),
            field<&Self::attached_object_type>("AttachedObjectType", "Kind of what is attached, as in v0.Event.",
                                               required | filter),
            field<&Self::attached_object_id>("AttachedObjectID", "What is attached to it.", required | filter | indexed)
                .bounds(0, schema::kMaxId)});
  }
};

struct Event {
  static constexpr KindInfo kind{.name = "Event",
                                 .path = "events",
                                 .alias = "",
                                 .doc = "What a controller reports about an object.",
                                 .logged = false};
  ObjectMeta meta;
  Ref<AttachedObjectReference> attached_object_reference;
  std::string reason;
  std::optional<std::string> note;
  std::int64_t count = 0;
  base::TimePoint event_time{}, last_observed_time{};
  std::string type;
  std::string reporting_controller;

  static constexpr auto fields() {
    using Self = Event;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::attached_object_reference>("AttachedObjectReferenceID", "Names the object that it is about.",
                                                    filter),
            field<&Self::reason>("Reason", "Cause in PascalCase.", required | filter | column),
            field<&Self::note>("Note", "The cause in words.", filter | column),
            field<&Self::count>("Count", "How often it was seen.", required | filter | column)
                .bounds(0, schema::kMaxId),
            field<&Self::event_time>("EventTime", "When it was first seen.", required | filter),
            field<&Self::last_observed_time>("LastObservedTime", "When it was last seen.", required | filter | column),
            field<&Self::type>("Type", "Normal or Warning.", required | filter | column),
            field<&Self::reporting_controller>("ReportingController", "Who reports it.", required | filter)});
  }
};

}  // namespace threeport::kinds
