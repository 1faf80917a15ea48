#include "schema/groups.h"

#include <algorithm>

namespace threeport::schema {

json::Value Codec<std::vector<Condition>>::encode(const std::vector<Condition>& value) {
  json::Array out;
  for (const Condition& condition : value) {
    out.push_back(json::Object{{"Type", condition.type},
                               {"Status", condition.status},
                               {"Reason", condition.reason},
                               {"Message", condition.message},
                               {"LastTransitionTime", base::format_time(condition.last_transition)},
                               {"ObservedGeneration", condition.observed_generation}});
  }
  return out;
}

bool Codec<std::vector<Condition>>::decode(const json::Value& in, std::vector<Condition>& out) {
  const json::Array* list = in.if_array();
  if (list == nullptr) return false;
  out.clear();
  for (const json::Value& element : *list) {
    Condition condition{.type = std::string(element.at("Type").text()),
                        .status = std::string(element.at("Status").text()),
                        .reason = std::string(element.at("Reason").text()),
                        .message = std::string(element.at("Message").text()),
                        .last_transition = {},
                        .observed_generation = element.at("ObservedGeneration").as_int().value_or(0)};
    if (auto time = base::parse_time(element.at("LastTransitionTime").text())) condition.last_transition = *time;
    out.push_back(std::move(condition));
  }
  return true;
}

const Condition* Reconciliation::find(std::string_view type) const {
  const auto it =
      std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
  return it == conditions.end() ? nullptr : &*it;
}

bool Reconciliation::is_ready() const {
  const Condition* ready = find("Ready");
  return ready != nullptr && ready->status == "True";
}

}  // namespace threeport::schema
