// Why an object is not ready: from what is known of it and of what it needs, to the cause. Pure functions.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "schema/field.h"
#include "store/store.h"

namespace threeport::controllers::explain {

using schema::ObjectId;

/// An object of the control plane.
struct Key {
  std::string kind;
  ObjectId id = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
  friend bool operator==(const Key&, const Key&) = default;
};

/// Something that has to be ready before an object can be.
struct Need {
  Key key;
  std::string label;  ///< how the one that needs it calls it: an alias, "environment dev"
};

/// An object, and how it is by its conditions.
struct Subject {
  Key key;
  std::string name;
  bool ready = false;
  std::string reason, message;
  std::optional<base::TimePoint> since;  ///< of its readiness
  std::vector<Need> needs;               ///< only those of an object that is not ready count
  std::vector<Key> declared_by;          ///< beside itself: the objects whose declared values make it what it is
};
using Subjects = std::map<Key, Subject>;

/// One link of a chain: an object of the control plane, or one on a cluster (kind Pod or Object).
struct Link {
  std::string kind;
  ObjectId id = 0;
  std::string name;
  std::string object = {};  ///< in the text form of shapes A.1; "" of those of the control plane
  std::string reason, message;
};

/// A change shows within an attempt and the first minutes of its pods: what is older than this is not blamed.
inline constexpr base::Millis kShortly{600'000};

/// A change of the log.
struct Change {
  store::Sequence sequence = 0;
  base::TimePoint at{};
  std::string by;
  Key key;
  std::string member;  ///< "Params.size", several with commas; "" where the object was made
};

struct Explanation {
  bool ready = false;
  std::string summary;
  std::vector<Link> chain;  ///< from the object asked for to the cause
  std::optional<base::TimePoint> since;
  std::optional<Change> change;
  std::string fix;

  /// Shapes A.7. RootCause and Fix are absent where the object is ready.
  [[nodiscard]] json::Value to_json() const;
};

/// One step of the way down.
struct Step {
  const Subject* subject = nullptr;
  std::string label;  ///< how the step before calls it
};

/// The way from `start` to the object whose own trouble it is: each is not ready because of the next. Of several that
/// an object waits for it takes one that is in trouble rather than one that is on its way. Precondition: `start` is
/// known.
std::vector<Step> find_way(const Subjects& subjects, const Key& start);

/// Whether what is wrong with the subject is told by its objects on the cluster.
bool is_told_by_cluster(const Subject& subject);
/// The object that the subject's message begins with: the cluster has refused that one.
std::optional<Link> find_refused(const Subject& subject);

/// The objects whose changes can be the cause at the end of the way.
std::vector<Key> suspects_of(const std::vector<Step>& way);
/// The newest change that a user made at or shortly before `since`.
std::optional<Change> find_culprit(const std::vector<Change>& changes, base::TimePoint since);
/// The members of a merge patch, "Params.size".
std::string members_of(const json::Value& patch);

/// `culprit`: what was found on the cluster, at the end of the way.
Explanation conclude(const std::vector<Step>& way, std::optional<Link> culprit, const std::vector<Change>& changes);

}  // namespace threeport::controllers::explain
