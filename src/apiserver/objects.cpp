#include "apiserver/objects.h"

#include <algorithm>

#include "apiserver/admission.h"
#include "apiserver/idempotency.h"
#include "apiserver/preconditions.h"
#include "apiserver/token.h"
#include "apiserver/write_set.h"

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;

constexpr int kRaces = 16;  // lost races of one write before the caller is told
constexpr std::int64_t kScanPage = 500;

void append_derived(std::string& out, const KindDescriptor& kind, const store::Row& row) {
  if (row.deleted_at) {
    out += ",\"DeletedAt\":\"";
    out += base::format_time(*row.deleted_at);
    out += '"';
  }
  out += ",\"Generation\":";
  out += std::to_string(row.generation);
  if (!kind.reconciled) return;
  if (row.observed > 0) {
    out += ",\"ObservedGeneration\":";
    out += std::to_string(row.observed);
  }
  out += row.observed == row.generation ? ",\"Reconciled\":true" : ",\"Reconciled\":false";
}

/// The wire form differs from the stored one.
bool has_secrets(const KindDescriptor& kind) {
  return std::any_of(kind.fields.begin(), kind.fields.end(),
                     [](const FieldDescriptor& f) { return f.has(schema::secret) || f.has(schema::write_only); });
}

/// Without the ids of the keys: of a text, or of each text of an object.
json::Value without_key_ids(json::Value secret) {
  if (!secret.is_object()) return base::Keyring::without_key_id(secret.text());
  for (json::Member& member : secret.as_object()) member.value = base::Keyring::without_key_id(member.value.text());
  return secret;
}

/// A token is answered once and never kept, so there would be no answer to a repeated request.
base::Result<void> check_can_be_kept(const schema::Registry& registry, const std::vector<Write>& writes) {
  for (const Write& write : writes) {
    const KindDescriptor* kind = registry.find(write.kind);
    if (kind == nullptr || !issues_token(*kind)) continue;
    return base::invalid("Idempotency-Key does not go with objects of kind " + kind->words() +
                         ", whose answer is not kept; leave it out, and look for the name before you repeat a request");
  }
  return {};
}

bool matches(const ListQuery& query, const json::Value& data) {
  return std::all_of(query.filters.begin(), query.filters.end(), [&](const auto& filter) {
    const json::Value* value = data.find(filter.first->name);
    return value != nullptr && *value == filter.second;
  });
}

}  // namespace

Objects::Objects(store::Store& store, const schema::Registry& registry, const base::Keyring& keyring,
                 base::Clock& clock)
    : store_(store), registry_(registry), keyring_(keyring), clock_(clock) {
  auto done = std::make_shared<std::promise<void>>();
  creations_done_ = done->get_future();
  creation_ = std::shared_ptr<void>(nullptr, [done](void*) { done->set_value(); });
}

Objects::~Objects() {
  creation_.reset();
  creations_done_.wait();
}

void Objects::add_hook(std::string_view kind, Hook hook) { hooks_.emplace_back(kind, std::move(hook)); }

base::Result<store::Row> Objects::get_row(const KindDescriptor& kind, ObjectId id) { return store_.get(kind.name, id); }

base::Result<Object> Objects::get(std::string_view kind, ObjectId id) {
  TP_TRY(const store::Row row, store_.get(kind, id));
  return to_object(row);
}

base::Result<std::optional<Object>> Objects::find(std::string_view kind, ObjectId id) {
  auto object = get(kind, id);
  if (object) return std::optional(std::move(*object));
  if (object.error().kind == base::ErrorKind::not_found) return std::optional<Object>();
  return std::move(object).error();
}

base::Result<std::optional<Object>> Objects::find_by_name(std::string_view kind, std::string_view name) {
  // No object has such a name, and PostgreSQL cannot even be asked for it.
  if (name.find('\0') != std::string_view::npos) return std::optional<Object>();
  store::Query query;
  query.kind = kind;
  query.name = std::string(name);
  query.limit = 1;
  TP_TRY(const store::Page page, store_.list(query));
  if (page.rows.empty()) return std::optional<Object>();
  return std::optional(to_object(page.rows[0]));
}

base::Result<Rows> Objects::list_rows(const KindDescriptor& kind, const ListQuery& query) {
  store::Query indexed{.kind = std::string(kind.name),
                       .name = {},
                       .filters = {},
                       .after = query.after,
                       .offset = 0,
                       .limit = {},
                       .want_total = false};
  ListQuery scanned;
  for (const auto& [field, value] : query.filters) {
    if (kind.unique_name && field->name == "Name" && !value.text().empty()) {
      indexed.name = value.text();
    } else if (field->has(schema::indexed)) {
      indexed.filters.push_back({std::string(field->name), index_text(value)});
    } else {
      scanned.filters.emplace_back(field, value);
    }
  }
  if (scanned.filters.empty()) {
    indexed.offset = query.offset;
    indexed.limit = query.limit;
    indexed.want_total = query.want_total;
    TP_TRY(store::Page page, store_.list(indexed));
    return Rows{std::move(page.rows), page.total};
  }
  Rows out;
  indexed.limit = kScanPage;
  for (bool more = true; more;) {
    TP_TRY(store::Page page, store_.list(indexed));
    more = static_cast<std::int64_t>(page.rows.size()) == kScanPage;
    for (store::Row& row : page.rows) {
      indexed.after = row.id;
      if (!matches(scanned, to_object(row).data)) continue;
      const bool wanted = out.total >= query.offset && (!query.limit || out.total < query.offset + *query.limit);
      ++out.total;
      if (wanted) out.rows.push_back(std::move(row));
      const bool has_all = query.limit && static_cast<std::int64_t>(out.rows.size()) >= *query.limit;
      if (has_all && !query.want_total) return out;
    }
  }
  return out;
}

base::Result<std::vector<Object>> Objects::list(std::string_view kind, std::string_view member,
                                                const json::Value& value) {
  const KindDescriptor* descriptor = registry_.find(kind);
  if (descriptor == nullptr) return base::invalid("kind " + std::string(kind) + " is not known to this build");
  ListQuery query;
  if (!member.empty()) {
    const FieldDescriptor* field = descriptor->find(member);
    if (field == nullptr) return base::internal(std::string(kind) + " has no member " + std::string(member));
    query.filters.emplace_back(field, value);
  }
  TP_TRY(const Rows rows, list_rows(*descriptor, query));
  std::vector<Object> out;
  out.reserve(rows.rows.size());
  for (const store::Row& row : rows.rows) out.push_back(to_object(row));
  return out;
}

std::vector<const Hook*> Objects::hooks_of(std::string_view kind) const {
  std::vector<const Hook*> out;
  for (const auto& [name, hook] : hooks_) {
    if (name == kind) out.push_back(&hook);
  }
  return out;
}

base::Result<std::vector<Object>> Objects::write(const std::vector<Write>& writes, const WriteContext& context) {
  if (context.receipt) TP_CHECK(check_can_be_kept(registry_, writes));
  const bool explicit_version =
      std::any_of(writes.begin(), writes.end(), [](const Write& w) { return w.version.has_value(); });
  for (int race = 0;; ++race) {
    WriteSetBuilder builder = new_set(context.scope);
    TP_TRY(const auto wanted, add_all(builder, writes));
    if (context.receipt)
      TP_CHECK(builder.add(record_of(*this, *context.receipt, answer_of(*this, context, written(builder, wanted)))));
    store::WriteSet set = builder.finish(context);
    std::vector<std::int64_t> versions;
    if (!set.puts.empty() || !set.work.empty()) {
      auto committed = store_.commit(std::move(set));
      if (!committed) {
        base::Error error = std::move(committed).error();
        if (context.receipt && error.reason == "NameTaken") TP_CHECK(check_not_made(*this, *context.receipt));
        const bool lost_race =
            error.kind == base::ErrorKind::conflict && (error.reason == "Version" || error.message == "Version");
        if (!lost_race) return error;
        if (explicit_version) {
          error.kind = base::ErrorKind::precondition;
          error.message = "the object has changed since the version that If-Match names; read it again";
          return error;
        }
        if (race + 1 < kRaces) continue;
        error.message = "the object is being changed by others too fast; try again";
        return error;
      }
      versions = std::move(committed->versions);
    }
    std::size_t next = 0;
    for (auto& pending : builder.pending()) {
      if (pending.touched) pending.put.row.version = versions[next++];
    }
    return written(builder, wanted);
  }
}

base::Result<std::vector<Object>> Objects::preview(const std::vector<Write>& writes, schema::Scope scope) {
  WriteSetBuilder builder = new_set(scope);
  TP_TRY(const auto wanted, add_all(builder, writes));
  auto out = written(builder, wanted);
  TP_CHECK(judge(store_, builder.finish({})));
  return out;
}

WriteSetBuilder Objects::new_set(schema::Scope scope) {
  return {*this, keyring_, scope, [this](std::string_view kind) { return hooks_of(kind); }};
}

base::Result<std::vector<std::size_t>> Objects::add_all(WriteSetBuilder& builder, const std::vector<Write>& writes) {
  std::vector<std::size_t> out;
  out.reserve(writes.size());
  for (const Write& write : writes) {
    auto index = builder.add(write);
    if (!index && !write.where.empty()) return std::move(index).error().with_context(write.where);
    if (!index) return std::move(index).error();
    out.push_back(*index);
  }
  builder.seal();
  return out;
}

std::vector<Object> Objects::written(WriteSetBuilder& builder, const std::vector<std::size_t>& wanted) const {
  std::vector<Object> out;
  out.reserve(wanted.size());
  for (const std::size_t index : wanted) out.push_back(written(builder, index));
  return out;
}

Object Objects::written(WriteSetBuilder& builder, std::size_t index) const {
  const auto& pending = builder.pending()[index];
  store::Row row = pending.put.row;
  if (!pending.touched) row.doc = json::dump(pending.document);
  Object out = to_object(row);
  if (pending.put.verb != store::Verb::created) return out;
  for (const FieldDescriptor& field : pending.kind->fields) {
    const json::Value* value = field.has(schema::write_only) ? out.data.find(field.name) : nullptr;
    if (field.has(schema::issued)) {
      out.echo.append(std::string(field.name), pending.issued.reveal());
    } else if (value != nullptr) {
      out.echo.append(std::string(field.name), field.has(schema::secret) ? without_key_ids(*value) : *value);
    }
  }
  for (const auto& [field, elements] : pending.nested) {
    json::Array list;
    for (const std::size_t element : elements) list.push_back(nested_wire(written(builder, element)));
    if (list.empty()) continue;
    const bool is_one = field->tie == schema::Tie::belongs_to;
    out.echo.append(std::string(field->name), is_one ? std::move(list[0]) : json::Value(std::move(list)));
  }
  return out;
}

base::Result<Object> Objects::write(Write write, const WriteContext& context) {
  TP_TRY(auto objects, this->write(std::vector<Write>{std::move(write)}, context));
  return std::move(objects[0]);
}

void Objects::create(const KindDescriptor& kind, json::Value body, const WriteContext& context, Done done) {
  WriteSetBuilder builder = new_set(context.scope);
  auto index = builder.add({.op = Write::Op::create,
                            .kind = std::string(kind.name),
                            .id = 0,
                            .body = std::move(body),
                            .version = {},
                            .observed = {}});
  if (!index) return done(std::move(index).error());
  store::WriteSet set = builder.finish(context);
  std::string wire;
  const WriteSetBuilder::Pending& made = builder.pending()[*index];
  if (made.nested.empty() && !has_secrets(kind)) {
    append_wire(wire, kind, made.put.row);
  } else {
    json::dump_to(wire, this->wire(written(builder, *index)));
  }
  // A new object has no version that others could have changed: there is no race to lose and nothing to repeat.
  store_.submit(std::move(set), [creation = creation_, wire = std::move(wire),
                                 done = std::move(done)](base::Result<store::Committed> committed) mutable {
    if (!committed) return done(std::move(committed).error());
    done(std::move(wire));
  });
}

Object Objects::to_object(const store::Row& row) const {
  Object out;
  out.kind = registry_.find(row.kind);
  TP_ASSERT(out.kind != nullptr);
  out.id = row.id;
  out.version = row.version;
  out.generation = row.generation;
  out.observed = row.observed;
  std::string text = "{\"ID\":" + std::to_string(row.id) + ",";
  text.append(row.doc, 1, row.doc.size() - 2);
  append_derived(text, *out.kind, row);
  text += '}';
  auto data = json::parse(text);
  TP_ASSERT(data.has_value());
  out.data = std::move(*data);
  return out;
}

void Objects::append_wire(std::string& out, const KindDescriptor& kind, const store::Row& row) const {
  if (has_secrets(kind)) {
    json::dump_to(out, wire(to_object(row)));
    return;
  }
  out += "{\"ID\":";
  out += std::to_string(row.id);
  out += ',';
  out.append(row.doc, 1, row.doc.size() - 2);
  append_derived(out, kind, row);
  out += '}';
}

json::Value Objects::wire(const Object& object) const {
  json::Value out = object.data;
  for (const FieldDescriptor& field : object.kind->fields) {
    if (field.has(schema::write_only)) {
      out.as_object().erase(field.name);
    } else if (field.has(schema::secret)) {
      if (json::Value* value = out.as_object().find(field.name)) *value = without_key_ids(std::move(*value));
    }
  }
  for (const json::Member& member : object.echo) out.as_object().append(member.key, member.value);
  return out;
}

json::Value Objects::nested_wire(const Object& object) const {
  json::Value out = wire(object);
  for (const FieldDescriptor& field : object.kind->fields) {
    if (field.has(schema::ignored)) out.as_object().erase(field.name);
  }
  return out;
}

base::Result<std::string> Objects::reveal(std::string_view stored) const {
  TP_TRY(const auto plain, keyring_.decrypt(stored));
  return std::string(plain.reveal());
}

}  // namespace threeport::apiserver
