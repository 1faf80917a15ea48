// What a worker does with an assignment: reads the object, finds its lane, attempts it, reports.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reconcile/board.h"
#include "reconcile/events.h"
#include "reconcile/reconciler.h"

namespace threeport::reconcile {

/// Thread-safe.
class Runner {
 public:
  Runner(Surroundings& around, Board& board, std::vector<std::unique_ptr<ReconcilerBase>> reconcilers);

  /// Carries out one assignment; false: there was none. Blocks as long as the reconciler does.
  bool run_one();

 private:
  void run(const Assignment& assignment);
  base::Result<std::optional<apiserver::Object>> read(ObjectId id);
  /// Unset: the object's lane is full, it waits there.
  std::optional<Report> attempt(const Assignment& assignment, apiserver::Object object);
  Report absent(const Assignment& assignment);
  ReconcilerBase& reconciler_of(const KindDescriptor& kind);

  Surroundings& around_;
  Board& board_;
  EventRecorder events_;
  std::map<std::string, std::unique_ptr<ReconcilerBase>, std::less<>> reconcilers_;
  std::unique_ptr<ReconcilerBase> none_;
};

}  // namespace threeport::reconcile
