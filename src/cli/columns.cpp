#include "cli/columns.h"

#include <algorithm>

namespace threeport::cli {

namespace {

constexpr std::size_t kCellWidth = 60;

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

/// Name, the kind's own definition, the others as declared, Status.
int rank(const KindDescriptor& kind, const schema::FieldDescriptor& field) {
  if (field.name == "Name") return 0;
  const std::string_view stem = kind.name.substr(0, kind.name.size() - std::min<std::size_t>(kind.name.size(), 8));
  if (kind.name.ends_with("Instance") && field.references == std::string(stem) + "Definition") return 1;
  return field.name == "Status" ? 3 : 2;
}

/// "9d", or "in 9d" for what is still to come.
std::string moment(std::string_view rfc3339, base::TimePoint now) {
  const auto time = base::parse_time(rfc3339);
  return time && *time > now ? "in " + age(base::format_time(now), *time) : age(rfc3339, now);
}

}  // namespace

std::string head_of(const schema::FieldDescriptor& field) {
  return upper(schema::words_of(field.references.empty() ? std::string(field.name) : reference_key(field)));
}

Columns::Columns(const KindDescriptor& kind, Format format, std::string_view except)
    : is_wide_(format == Format::wide) {
  for (const schema::FieldDescriptor& field : kind.fields) {
    const bool is_excepted = !except.empty() && field.references == except;
    if (field.has(schema::column) && !is_excepted) fields_.push_back(&field);
  }
  std::stable_sort(fields_.begin(), fields_.end(), [&](auto* a, auto* b) { return rank(kind, *a) < rank(kind, *b); });
  has_id_ = is_wide_ || kind.find("Name") == nullptr;
  has_conditions_ = kind.reconciled;
}

std::vector<std::string> Columns::heads() const {
  std::vector<std::string> out;
  if (has_id_ && !has_name()) out.emplace_back("ID");
  for (const auto* field : fields_) out.push_back(head_of(*field));
  if (is_wide_ && has_conditions_) out.insert(out.end(), {"READY", "REASON", "GENERATION"});
  if (has_id_ && has_name()) out.emplace_back("ID");
  out.emplace_back("AGE");
  return out;
}

base::Result<std::vector<std::string>> Columns::cells(const client::Object& object, ReferenceNames& names,
                                                      base::TimePoint now) const {
  std::vector<std::string> out;
  const std::string id = std::to_string(object.id());
  if (has_id_ && !has_name()) out.push_back(id);
  for (const auto* field : fields_) {
    const json::Value& value = object.data.at(field->name);
    if (field->type == schema::FieldType::timestamp) {
      out.push_back(moment(value.text(), now));
      continue;
    }
    TP_TRY(const std::string text, cell(*field, value, names));
    out.push_back(one_line(text, is_wide_ ? 0 : kCellWidth));
  }
  if (is_wide_ && has_conditions_) {
    out.emplace_back(object.condition("Ready").at("Status").text());
    out.emplace_back(object.condition("Ready").at("Reason").text());
    out.push_back(json::dump(object.data.at("Generation")));
  }
  if (has_id_ && has_name()) out.push_back(id);
  out.push_back(age(object.data.at("CreatedAt").text(), now));
  return out;
}

}  // namespace threeport::cli
