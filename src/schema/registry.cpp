#include "schema/registry.h"

#include <algorithm>

namespace threeport::schema {

Registry::Registry(std::vector<KindDescriptor> kinds) : kinds_(std::move(kinds)) {
  for (const KindDescriptor& kind : kinds_) {
    TP_ASSERT(by_name_.emplace(kind.name, &kind).second);
    TP_ASSERT(by_path_.emplace(kind.path, &kind).second);
    for (const FieldDescriptor& field : kind.fields) {
      if (field.references.empty() || field.type == FieldType::relation) continue;
      if (field.has(owner)) {
        parts_[field.references].push_back({&kind, &field});
      } else if (!field.guard.empty() || (kind.added && field.has(enforced))) {
        guards_[field.references].push_back({&kind, &field});
      }
    }
  }
}

const KindDescriptor* Registry::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

const KindDescriptor* Registry::find_path(std::string_view path) const {
  const auto it = by_path_.find(path);
  return it == by_path_.end() ? nullptr : it->second;
}

const KindDescriptor* Registry::find_any(std::string_view word) const {
  const auto matches = [&](const KindDescriptor& kind) {
    const auto same = [&](std::string_view text) { return !text.empty() && base::equal_without_case(text, word); };
    return same(kind.name) || same(kind.path) || same(kind.alias) || same(kind.path.substr(0, kind.path.size() - 1));
  };
  const auto it = std::find_if(kinds_.begin(), kinds_.end(), matches);
  return it == kinds_.end() ? nullptr : &*it;
}

namespace {

const std::vector<Referrer>& found(const std::map<std::string_view, std::vector<Referrer>, std::less<>>& map,
                                   std::string_view kind) {
  static const std::vector<Referrer> kNone;
  const auto it = map.find(kind);
  return it == map.end() ? kNone : it->second;
}

}  // namespace

const std::vector<Referrer>& Registry::guards_of(std::string_view kind) const { return found(guards_, kind); }
const std::vector<Referrer>& Registry::parts_of(std::string_view kind) const { return found(parts_, kind); }

}  // namespace threeport::schema
