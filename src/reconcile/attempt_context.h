// The context of one attempt: records what is read, and writes under the lease.
#pragma once

#include <set>

#include "apiserver/objects.h"
#include "base/clock.h"
#include "reconcile/context.h"
#include "reconcile/options.h"
#include "reconcile/random.h"
#include "reconcile/read_index.h"

namespace threeport::reconcile {

using schema::KindDescriptor;
using schema::ObjectId;

/// What the attempts of an engine share. All of it outlives them.
struct Surroundings {
  apiserver::Objects& objects;
  base::Clock& clock;
  Random& random;
  const EngineOptions& options;
  ReadIndex& reads;
  /// The writes of an attempt have the request id `<token><object id>` in the change log.
  std::string token;
};

/// The right of one attempt to work on one object.
struct Mandate {
  ObjectId id = 0;
  const KindDescriptor* kind = nullptr;
  store::LeaseIs lease{};
  std::stop_token stop;
  std::chrono::steady_clock::time_point deadline{};
};

class AttemptContext final : public Context {
 public:
  AttemptContext(Surroundings& around, Mandate mandate) : around_(around), mandate_(std::move(mandate)) {}

  base::Result<apiserver::Object> get_object(std::string_view kind, ObjectId id) override;
  base::Result<std::vector<apiserver::Object>> list_objects(std::string_view kind, std::string_view member,
                                                            const json::Value& value) override;
  void depend_on(std::string topic) override;
  base::Result<std::vector<apiserver::Object>> write(const Batch& batch) override;
  base::Result<ObjectId> new_id() override { return around_.objects.new_id(); }
  base::Result<std::string> reveal(std::string_view stored) override { return around_.objects.reveal(stored); }
  std::string seal(std::string_view plain) override { return around_.objects.seal(plain); }
  base::Clock& clock() override { return around_.clock; }
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override { return mandate_.deadline; }
  [[nodiscard]] base::Millis time_left() const override;
  [[nodiscard]] std::stop_token stop() const override { return mandate_.stop; }
  [[nodiscard]] const std::string& installation_uid() const override { return around_.options.installation_uid; }

  [[nodiscard]] ObjectId id() const { return mandate_.id; }
  /// The object as the attempt's own writes left it; unset: they did not touch it.
  [[nodiscard]] const std::optional<apiserver::Object>& own() const { return own_; }
  /// From now on the object wakes for what this attempt has read, and for nothing else.
  void publish_reads();
  /// For writes about this attempt: who, under which lease.
  [[nodiscard]] apiserver::WriteContext write_context() const;

 private:
  void record(Read read);

  Surroundings& around_;
  const Mandate mandate_;
  std::set<Read> reads_;
  std::optional<apiserver::Object> own_;
};

}  // namespace threeport::reconcile
