#include "apiserver/preconditions.h"

#include <algorithm>

namespace threeport::apiserver {
namespace {

class Judge {
 public:
  Judge(store::Store& store, const store::WriteSet& set) : store_(store), set_(set) {}

  base::Result<void> operator()(const store::ReferenceLive& wanted) const {
    if (const store::Put* put = find(wanted.id))
      return put->verb == store::Verb::deleted ? base::invalid(wanted.message) : base::Result<void>();
    auto row = store_.get(wanted.kind, wanted.id);
    if (!row && row.error().kind == base::ErrorKind::not_found) return base::invalid(wanted.message);
    if (!row) return std::move(row).error();
    return {};
  }

  base::Result<void> operator()(const store::NoneWith& unwanted) const {
    store::Query query;
    query.kind = unwanted.kind;
    query.filters.push_back({unwanted.member, unwanted.value});
    TP_TRY(const store::Page page, store_.list(query));
    const bool stays =
        std::any_of(page.rows.begin(), page.rows.end(), [&](const store::Row& row) { return find(row.id) == nullptr; });
    const bool comes = std::any_of(set_.puts.begin(), set_.puts.end(), [&](const store::Put& put) {
      return put.verb != store::Verb::deleted && put.row.kind == unwanted.kind && put.index &&
             std::any_of(put.index->begin(), put.index->end(), [&](const store::IndexEntry& entry) {
               return entry.member == unwanted.member && entry.value == unwanted.value;
             });
    });
    if (stays || comes) return base::conflict(unwanted.message);
    return {};
  }

  base::Result<void> operator()(const store::VersionIs& wanted) const {
    TP_TRY(const auto rows, store_.get_many({wanted.id}));
    if (rows.empty() || rows[0].version != wanted.version) return base::conflict("Version");
    return {};
  }

  /// Of a worker; nobody looks at its sets.
  base::Result<void> operator()(const store::LeaseIs&) const { return {}; }

 private:
  [[nodiscard]] const store::Put* find(store::ObjectId id) const {
    const auto found =
        std::find_if(set_.puts.begin(), set_.puts.end(), [&](const store::Put& put) { return put.row.id == id; });
    return found == set_.puts.end() ? nullptr : &*found;
  }

  store::Store& store_;
  const store::WriteSet& set_;
};

}  // namespace

base::Result<void> judge(store::Store& store, const store::WriteSet& set) {
  const Judge judge(store, set);
  for (const store::Precondition& precondition : set.preconditions) TP_CHECK(std::visit(judge, precondition));
  return {};
}

}  // namespace threeport::apiserver
