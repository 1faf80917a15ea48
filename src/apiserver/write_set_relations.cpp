// What a write does to, and asks of, the objects that its object is related to.
#include "apiserver/write_set.h"

namespace threeport::apiserver {

using schema::FieldDescriptor;

base::Result<void> WriteSetBuilder::remove_parts(const KindDescriptor& kind, ObjectId id) {
  for (const schema::Referrer& part : objects_.registry().parts_of(kind.name)) {
    const std::string value = std::to_string(id);
    store::Query query;
    query.kind = part.kind->name;
    query.filters.push_back({std::string(part.field->name), value});
    TP_TRY(const store::Page page, objects_.store().list(query));
    for (const store::Row& row : page.rows) {
      const auto known = by_id_.find(row.id);
      if (known != by_id_.end() && pending_[known->second].put.verb == store::Verb::deleted) continue;
      TP_CHECK(finalize(
          *part.kind,
          {.op = Write::Op::finalize, .kind = row.kind, .id = row.id, .body = {}, .version = {}, .observed = {}}));
    }
    preconditions_.push_back(store::NoneWith{query.kind, query.filters[0].member, value, "Version"});
  }
  return {};
}

base::Result<void> WriteSetBuilder::guard(const KindDescriptor& kind, const Write& removal) {
  for (const schema::Referrer& referrer : objects_.registry().guards_of(kind.name)) {
    if (removal.cascade && referrer.field->has(schema::resident)) continue;
    std::string message(referrer.field->guard);
    if (message.empty()) {
      message = kind.words() + " has related " + referrer.kind->words() + "s - cannot be deleted";
    }
    preconditions_.push_back(store::NoneWith{std::string(referrer.kind->name), std::string(referrer.field->name),
                                             std::to_string(removal.id), message});
  }
  return {};
}

base::Result<void> WriteSetBuilder::check_references(const Pending& pending) {
  for (const FieldDescriptor& field : pending.kind->fields) {
    if (!field.has(schema::enforced) || objects_.registry().find(field.references) == nullptr) continue;
    const auto id = pending.document.at(field.name).as_int();
    if (!id || created_.contains(*id) || pending.old_document.at(field.name) == pending.document.at(field.name))
      continue;
    preconditions_.push_back(store::ReferenceLive{std::string(field.references), *id,
                                                  std::string(field.name) + ": there is no " +
                                                      schema::words_of(field.references) + " with ID " +
                                                      std::to_string(*id)});
  }
  return {};
}

/// What is being deleted takes nobody in. The version that was judged is checked again with the commit: else the
/// deletion could come between the two.
base::Result<void> WriteSetBuilder::check_residence(std::size_t resident) {
  for (const FieldDescriptor& field : pending_[resident].kind->fields) {
    if (!field.has(schema::resident)) continue;
    const auto id = pending_[resident].document.at(field.name).as_int();
    const KindDescriptor* kind = objects_.registry().find(field.references);
    if (!id || kind == nullptr || created_.contains(*id)) continue;
    auto index = load(*kind, {.op = Write::Op::patch,
                              .kind = std::string(kind->name),
                              .id = *id,
                              .body = {},
                              .version = {},
                              .observed = {}});
    if (!index && index.error().kind == base::ErrorKind::not_found) continue;  // check_references says so
    if (!index) return std::move(index).error();
    const Pending& target = pending_[*index];
    if (target.document.find("DeletionScheduled") != nullptr) {
      return base::conflict(std::string(field.name) + ": " + kind->words() + " " +
                            std::string(target.document.at("Name").text()) +
                            " is being deleted, so nothing new enters it and nothing in it is changed; name another "
                            "one, or wait until it is gone and make it again");
    }
    preconditions_.push_back(store::VersionIs{*id, target.put.expected_version});
  }
  return {};
}

}  // namespace threeport::apiserver
