#include "reconcile/walk.h"

namespace threeport::reconcile {

void Walk::request(const ShardSet& shards) {
  requested_ |= shards;
  if (!is_active()) begin_next();
}

void Walk::cancel(const ShardSet& shards) {
  requested_ &= ~shards;
  shards_ &= ~shards;
  if (!is_active()) begin_next();
}

store::Query Walk::next_page() const {
  TP_ASSERT(is_active());
  store::Query query;
  query.kind = kinds_[kind_];
  query.after = after_;
  query.limit = page_size_;
  return query;
}

std::vector<const store::Row*> Walk::advance(const store::Query& asked, const store::Page& page) {
  std::vector<const store::Row*> out;
  if (!is_active() || asked.kind != kinds_[kind_] || asked.after != after_) return out;
  for (const store::Row& row : page.rows) {
    if (shards_.test(Shards::index(row.id))) out.push_back(&row);
  }
  if (page.rows.size() == static_cast<std::size_t>(page_size_)) {
    after_ = page.rows.back().id;
  } else {
    after_ = 0;
    if (++kind_ == kinds_.size()) {
      shards_.reset();
      begin_next();
    }
  }
  return out;
}

void Walk::begin_next() {
  kind_ = 0;
  after_ = 0;
  if (!kinds_.empty()) shards_ = requested_;
  requested_.reset();
}

}  // namespace threeport::reconcile
