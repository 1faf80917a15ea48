#include "cli/columns.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "cli/readiness.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;
using client::ObjectId;
using Source = Column::Source;

constexpr std::size_t kCellWidth = 60;
/// More rows than this have what they need read as lists.
constexpr std::size_t kFewRows = 10;

/// Kinds that v0 shows in another way than by the members of their table (v0-behaviour 7.4).
struct ViewColumn {
  std::string_view kind, head, member;  ///< "" is the list of ports
  std::string_view of_referred = {};
};
constexpr std::array kViews{
    ViewColumn{"GatewayDefinition", "NAME", "Name"},
    ViewColumn{"GatewayDefinition", "PORTS", ""},
    ViewColumn{"GatewayDefinition", "SUBDOMAIN", "SubDomain"},
    ViewColumn{"GatewayDefinition", "KUBERNETES SERVICE NAME", "ServiceName"},
    ViewColumn{"KubernetesRuntimeInstance", "NAME", "Name"},
    ViewColumn{"KubernetesRuntimeInstance", "KUBERNETES RUNTIME DEFINITION", "KubernetesRuntimeDefinitionID"},
    ViewColumn{"KubernetesRuntimeInstance", "LOCATION", "Location"},
    ViewColumn{"KubernetesRuntimeInstance", "DEFAULT RUNTIME", "DefaultRuntime"},
    ViewColumn{"KubernetesRuntimeInstance", "INFRA PROVIDER", "KubernetesRuntimeDefinitionID", "InfraProvider"},
    ViewColumn{"KubernetesRuntimeInstance", "FORCE DELETE", "ForceDelete"}};

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

Column member_column(const schema::FieldDescriptor& field) {
  return {head_of(field), field.name == "Status" ? Source::status : Source::member, &field};
}

/// "443/HTTPS": what a port of a gateway serves.
std::string port_text(const KindDescriptor& kind, const json::Value& port) {
  const bool is_http = kind.find("Path") != nullptr, is_tls = port.at("TLSEnabled") == json::Value(true);
  return json::dump(port.at("Port")) + (is_http ? (is_tls ? "/HTTPS" : "/HTTP") : (is_tls ? "/TLS" : "/TCP"));
}

Colour colour_of_status(std::string_view word) {
  if (word == "Healthy" || word == "True") return Colour::green;
  if (word == "Reconciling" || word == "Deleting") return Colour::yellow;
  if (word == "NoController" || word.empty()) return Colour::faint;
  return Colour::red;
}

}  // namespace

std::string head_of(const schema::FieldDescriptor& field) {
  return upper(schema::words_of(field.references.empty() ? std::string(field.name) : reference_key(field)));
}

Columns::Columns(const KindDescriptor& kind, Format format, std::string_view except)
    : is_wide_(format == Format::wide) {
  std::set<std::string_view> viewed;
  for (const ViewColumn& row : kViews) {
    if (row.kind != kind.name) continue;
    const schema::FieldDescriptor* field = kind.find(row.member);
    if (row.of_referred.empty()) viewed.insert(row.member);
    const bool is_excepted = field != nullptr && !except.empty() && field->references == except;
    if (is_excepted && row.of_referred.empty()) continue;
    const Source source = row.member.empty()         ? Source::ports
                          : !row.of_referred.empty() ? Source::reference
                                                     : Source::member;
    columns_.push_back({std::string(row.head), source, field, row.of_referred});
  }
  if (viewed.empty() || is_wide_) {
    std::vector<const schema::FieldDescriptor*> fields;
    for (const schema::FieldDescriptor& field : kind.fields) {
      const bool is_excepted = !except.empty() && field.references == except;
      if (field.has(schema::column) && !is_excepted && !viewed.contains(field.name)) fields.push_back(&field);
    }
    std::stable_sort(fields.begin(), fields.end(), [&](auto* a, auto* b) { return rank(kind, *a) < rank(kind, *b); });
    for (const auto* field : fields) columns_.push_back(member_column(*field));
  }
  const bool has_name = kind.find("Name") != nullptr;
  if (!has_name) columns_.insert(columns_.begin(), {"ID", Source::id});
  if (is_wide_ && kind.reconciled) {
    columns_.push_back({"READY", Source::ready});
    columns_.push_back({"REASON", Source::reason});
    columns_.push_back({"GENERATION", Source::member, kind.find("Generation")});
  }
  if (is_wide_ && has_name) columns_.push_back({"ID", Source::id});
  columns_.push_back({"AGE", Source::age});
}

std::vector<std::string> Columns::heads() const {
  std::vector<std::string> out;
  out.reserve(columns_.size());
  for (const Column& column : columns_) out.push_back(column.head);
  return out;
}

Result<std::vector<std::string>> Columns::cells(const Object& object, Cells& from, base::TimePoint now) const {
  std::vector<std::string> out;
  for (const Column& column : columns_) {
    TP_TRY(const std::string text, from.cell(column, object, now));
    out.push_back(one_line(text, is_wide_ ? 0 : kCellWidth));
  }
  return out;
}

std::vector<Colour> Columns::colours(const std::vector<std::string>& cells) const {
  std::vector<Colour> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool is_state = columns_[i].source == Source::status || columns_[i].source == Source::ready;
    out.push_back(is_state && i < cells.size() ? colour_of_status(cells[i]) : Colour::none);
  }
  return out;
}

Result<void> Cells::load(const std::vector<Column>& columns, const std::vector<Object>& rows) {
  std::vector<const schema::FieldDescriptor*> references;
  for (const Column& column : columns) {
    if (column.source == Source::member && column.field != nullptr) references.push_back(column.field);
    if (rows.size() <= kFewRows) continue;
    if (column.source == Source::reference) {
      TP_TRY(const auto objects, api_.list(*registry_.find(column.field->references)));
      for (const Object& object : objects) referred_[object.id()] = object.data;
    } else if (column.source == Source::ports) {
      for (const schema::FieldDescriptor& list : kind_.fields) {
        const KindDescriptor* element = list.is_declared_list() ? registry_.find(list.references) : nullptr;
        if (element == nullptr || element->find("Port") == nullptr) continue;
        TP_TRY(auto ports, api_.list(*element));
        auto& by_owner = ports_[element->name];
        for (Object& port : ports) {
          by_owner.emplace(port.data.at(list.relation_member).as_int().value_or(0), std::move(port));
        }
      }
    }
  }
  return names_.load(references, rows);
}

Result<std::string> Cells::cell(const Column& column, const Object& object, base::TimePoint now) {
  switch (column.source) {
    case Source::member: {
      const json::Value& value = object.data.at(column.field->name);
      if (column.field->type == schema::FieldType::timestamp) return moment(value.text(), now);
      return cli::cell(*column.field, value, names_);
    }
    case Source::reference: return referred(column, object);
    case Source::ports: return ports(object);
    case Source::status: return status(object);
    case Source::ready: return std::string(object.condition("Ready").at("Status").text());
    case Source::reason: return std::string(object.condition("Ready").at("Reason").text());
    case Source::id: return std::to_string(object.id());
    case Source::age: return age(object.data.at("CreatedAt").text(), now);
  }
  return std::string();
}

Result<std::string> Cells::referred(const Column& column, const Object& object) {
  const auto id = object.data.at(column.field->name).as_int();
  if (!id) return std::string();
  const auto [it, is_new] = referred_.try_emplace(*id);
  if (is_new) {
    auto found = api_.get(*registry_.find(column.field->references), *id);
    if (!found && found.error().kind != base::ErrorKind::not_found) return std::move(found).error();
    if (found) it->second = std::move(found->data);
  }
  return std::string(it->second.at(column.member).text());
}

Result<std::vector<Object>> Cells::ports_of(const schema::FieldDescriptor& list, const Object& object) {
  const KindDescriptor& element = *registry_.find(list.references);
  if (const auto all = ports_.find(element.name); all != ports_.end()) {
    std::vector<Object> out;
    const auto [first, last] = all->second.equal_range(object.id());
    for (auto it = first; it != last; ++it) out.push_back(it->second);
    return out;
  }
  const schema::FieldDescriptor* owner = element.find(list.relation_member);
  return api_.list(element, {{std::string(owner->query), std::to_string(object.id())}});
}

Result<std::string> Cells::ports(const Object& object) {
  std::vector<std::string> out;
  for (const schema::FieldDescriptor& list : kind_.fields) {
    const KindDescriptor* element = list.is_declared_list() ? registry_.find(list.references) : nullptr;
    if (element == nullptr || element->find("Port") == nullptr) continue;
    TP_TRY(const auto found, ports_of(list, object));
    for (const Object& port : found) {
      const std::string text = port_text(*element, port.data);
      // Several paths of one port are one port.
      if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
    }
  }
  return base::join(out, ",");
}

Result<std::string> Cells::status(const Object& object) {
  if (const std::string_view word = object.data.at("Status").text(); !word.empty()) return std::string(word);
  if (!kind_.reconciled) return std::string();
  if (object.data.find("DeletionScheduled") != nullptr) return std::string("Deleting");
  const json::Value& ready = object.condition("Ready");
  const std::string_view reason = ready.at("Reason").text();
  const auto generation = object.data.at("Generation").as_int().value_or(0);
  const bool is_current = ready.at("ObservedGeneration").as_int().value_or(0) >= generation;
  if (reason == "NoController") return std::string(reason);
  if (ready.is_null() || !is_current) return std::string("Reconciling");
  if (object.is("Ready")) return std::string("Healthy");
  if (object.is("Stalled")) return std::string(reason);
  return health_on_cluster(object);
}

/// Of an object that is not ready: how its Deployments and StatefulSets are, as v0 tells it.
Result<std::string> Cells::health_on_cluster(const Object& object) {
  bool is_unhealthy = false;
  for (const schema::Referrer& part : registry_.parts_of(kind_.name)) {
    if (part.field->query.empty() || part.kind->find("RuntimeDefinition") == nullptr) continue;
    TP_TRY(const auto rows, api_.list(*part.kind, {{std::string(part.field->query), std::to_string(object.id())}}));
    for (const Object& row : rows) {
      const json::Value& live = row.data.at("RuntimeDefinition");
      const std::string_view kind = live.at("kind").text();
      if (kind != "Deployment" && kind != "StatefulSet") continue;
      const Readiness readiness = readiness_of(live);
      if (readiness.count.starts_with("0/") && !readiness.is_ready) return std::string("Down");
      is_unhealthy = is_unhealthy || !readiness.is_ready;
    }
  }
  return std::string(is_unhealthy ? "Unhealthy" : "Reconciling");
}

}  // namespace threeport::cli
