#include "store/views.h"

#include <algorithm>
#include <set>

#include "base/crypto.h"
#include "base/text.h"
#include "store/object_store.h"

namespace threeport::store {
namespace {

using base::Result;
using schema::FieldDescriptor;
using schema::FieldType;

/// Of what the database has: a hash of all texts, and the names, one a line.
constexpr std::string_view kHash = "views";
constexpr std::string_view kNames = "view_names";
constexpr std::string_view kPut =
    "INSERT INTO meta (key, value) VALUES {key text, value text} ON CONFLICT (key) DO UPDATE SET value = "
    "excluded.value";

std::string_view expression_of(FieldType type, const Dialect& dialect) {
  switch (type) {
    case FieldType::boolean: return dialect.member_boolean;
    case FieldType::integer:
    case FieldType::unsigned_integer: return dialect.member_integer;
    case FieldType::timestamp: return dialect.member_time;
    case FieldType::json:
    case FieldType::json_array:
    case FieldType::string_map: return dialect.member_json;
    case FieldType::string:
    case FieldType::relation: break;
  }
  return dialect.member_text;
}

bool is_shown(const FieldDescriptor& field) {
  return field.is_stored() && !field.has(schema::secret) && !field.has(schema::sensitive) &&
         !field.has(schema::write_only);
}

std::string sql_of(const std::string& name, const schema::KindDescriptor& kind, const Dialect& dialect) {
  constexpr std::string_view kPlaceholder = "MEMBER";
  std::string sql = "CREATE VIEW \"" + name + "\" AS SELECT id";
  for (const FieldDescriptor& field : kind.fields) {
    if (!is_shown(field)) continue;
    std::string value(expression_of(field.type, dialect));
    value.replace(value.find(kPlaceholder), kPlaceholder.size(), field.name);
    sql += ", " + value + " AS \"" + column_name(field.name) + '"';
  }
  sql += ", version, generation";
  if (kind.reconciled) sql += ", observed AS observed_generation, observed = generation AS reconciled";
  return sql + " FROM objects WHERE kind = '" + std::string(kind.name) + "' AND deleted_at IS NULL";
}

/// One a line.
std::set<std::string> names_in(std::string_view text) {
  std::set<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.emplace(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

}  // namespace

std::string view_name(const schema::KindDescriptor& kind) {
  std::string out = "v0_" + std::string(kind.path);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

std::string column_name(std::string_view member) {
  std::string out = schema::words_of(member);
  std::replace(out.begin(), out.end(), ' ', '_');
  return out;
}

std::vector<View> make_views(const schema::Registry& registry, const Dialect& dialect) {
  std::vector<View> out;
  for (const schema::KindDescriptor& kind : registry.kinds()) {
    std::string name = view_name(kind);
    std::string sql = sql_of(name, kind, dialect);
    out.push_back({std::move(name), std::move(sql)});
  }
  return out;
}

Result<void> ObjectStore::ensure_views(const schema::Registry& registry) {
  const std::vector<View> views = make_views(registry, database_->dialect());
  std::vector<std::string> texts, names;
  for (const View& view : views) {
    texts.push_back(view.sql);
    names.push_back(view.name);
  }
  const std::string hash = base::sha256_hex(base::join(texts, "\n"));
  TP_TRY(const auto known, meta(kHash));
  if (known == hash) return {};
  TP_TRY(const auto old_names, meta(kNames));

  std::set<std::string> dropped(names.begin(), names.end());
  dropped.merge(names_in(old_names.value_or("")));
  std::vector<std::string> drops;
  drops.reserve(dropped.size());
  for (const std::string& name : dropped) drops.push_back("DROP VIEW IF EXISTS \"" + name + '"');
  const std::string all_names = base::join(names, "\n");
  // The row is the lock: replicas that start together make the views one after the other.
  std::vector<Step> steps{{"BEGIN"}, {kPut, {kHash, hash, kNames, all_names}}};
  for (const std::string& drop : drops) steps.push_back({drop});
  for (const View& view : views) steps.push_back({view.sql});
  steps.push_back({"COMMIT"});
  TP_TRY(auto session, writers_.borrow());
  return session->run(steps);
}

}  // namespace threeport::store
