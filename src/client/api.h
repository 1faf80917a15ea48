// The API as its clients see it: objects of kinds by id and name, and the calls that are not CRUD.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "schema/registry.h"

namespace threeport::client {

using schema::KindDescriptor;
using schema::ObjectId;

/// An object as the API answers it.
struct Object {
  json::Value data;
  std::int64_t version = 0;  ///< its ETag; 0 where the answer had none (elements of lists)

  [[nodiscard]] ObjectId id() const { return data.at("ID").as_int().value_or(0); }
  [[nodiscard]] std::string_view name() const { return data.at("Name").text(); }
  /// The condition of that type (Ready, Reconciling, Stalled), or null.
  [[nodiscard]] const json::Value& condition(std::string_view type) const;
  /// Whether that condition's status is "True".
  [[nodiscard]] bool is(std::string_view condition_type) const;
};

/// Equality filters by query name, ANDed.
using Filters = std::vector<std::pair<std::string, std::string>>;

/// What an answer outside the pattern carries.
struct Answer {
  int status = 200;
  std::string type;  ///< of an envelope, e.g. "Plan"; "" where the answer has none
  /// The elements of `Data`; an answer without envelope is one element.
  std::vector<json::Value> data;
  std::int64_t version = 0;
  std::string next_cursor = {};  ///< of a page of a list: where the next one begins; "" at the end
  /// The first element, or null.
  [[nodiscard]] const json::Value& first() const { return data.empty() ? json::Value::null() : data.front(); }
};

struct WatchQuery {
  Filters filters;
  ObjectId id = 0;                    ///< one object instead of a list
  std::optional<std::int64_t> since;  ///< resume after that sequence; else what exists comes first
  std::stop_token stop;
};

struct WatchEvent {
  std::string verb;  ///< created, updated, deleted, removed; synced has no object
  std::int64_t sequence = 0;
  Object object;
};

struct RemoveOptions {
  bool abandon = false;  ///< finish without the outside world; the answer lists LeftBehind
  bool cascade = false;  ///< what lives in it is deleted first
  std::int64_t version = 0;
};

/// How a PATCH treats null.
enum class Patch {
  v0,     ///< null changes nothing, as in v0
  merge,  ///< RFC 7386: null clears
};

/// Thread-safe. Every call blocks; nothing is retried, so that the caller decides what is safe to repeat.
/// Errors of all calls: the kind that the status stands for (base::error_kind_of_http_status) with the server's text;
/// `unavailable` where the server cannot be reached (reason of http::Client); `internal` for an answer that is not one.
class Api {
 public:
  virtual ~Api() = default;

  virtual base::Result<Object> get(const KindDescriptor& kind, ObjectId id) = 0;
  /// Error `not_found`: "no workload instance with name x".
  virtual base::Result<Object> find_by_name(const KindDescriptor& kind, std::string_view name) = 0;
  /// All pages, in order of id. An object that moves between pages while they are read appears once.
  virtual base::Result<std::vector<Object>> list(const KindDescriptor& kind, const Filters& filters = {}) = 0;
  virtual base::Result<Object> create(const KindDescriptor& kind, const json::Value& object) = 0;
  /// `version` other than 0 is sent as If-Match; a mismatch is `precondition`. So too below.
  virtual base::Result<Object> patch(const KindDescriptor& kind, ObjectId id, const json::Value& changes,
                                     Patch style = Patch::v0, std::int64_t version = 0) = 0;
  virtual base::Result<Object> replace(const KindDescriptor& kind, ObjectId id, const json::Value& object,
                                       std::int64_t version = 0) = 0;
  /// The object as it is after the call: a reconciled one is only scheduled for deletion.
  virtual base::Result<Object> remove(const KindDescriptor& kind, ObjectId id, const RemoveOptions& options = {}) = 0;
  /// The object as soon as it is Ready or Stalled, else its state at the time limit.
  virtual base::Result<Object> wait(const KindDescriptor& kind, ObjectId id, base::Millis limit) = 0;
  /// Calls `on_event` for each event until it returns false (success) or the stream ends: `unavailable` where it broke,
  /// `expired` where `since` is too old (list afresh), `canceled` by the stop token.
  virtual base::Result<void> watch(const KindDescriptor& kind, const WatchQuery& query,
                                   const std::function<bool(const WatchEvent&)>& on_event) = 0;
  /// Any other call; `body` null sends none.
  virtual base::Result<Answer> call(std::string_view method, std::string_view target, const json::Value& body = {},
                                    base::Millis timeout = base::Millis(30'000)) = 0;
  /// A streamed text (logs): `on_chunk` gets bytes as they arrive; false ends the call with success.
  virtual base::Result<void> stream(std::string_view target, const std::function<bool(std::string_view)>& on_chunk,
                                    std::stop_token stop = {}) = 0;
};

}  // namespace threeport::client
