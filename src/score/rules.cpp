#include "score/rules.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "score/placeholder.h"
#include "score/reader.h"

namespace threeport::score {
namespace {

constexpr std::string_view kStatefulSet = "StatefulSet";
/// A StatefulSet's Service is `<name>-headless-svc`, and names of Services are labels.
constexpr std::size_t kLongestStatefulName = 50;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter_or_digit(char c) { return is_digit(c) || is_lower(base::to_lower(c)); }

/// 2 to 63 characters, letters or digits at both ends and also those of `inner` between them.
bool is_name(std::string_view text, std::string_view inner) {
  return text.size() >= 2 && text.size() <= 63 && is_letter_or_digit(text.front()) && is_letter_or_digit(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter_or_digit(c) || inner.find(c) != std::string_view::npos; });
}

/// Calls `is_part` with each part between the separators; true if all are.
template <typename IsPart>
bool all_parts(std::string_view text, char separator, const IsPart& is_part) {
  while (true) {
    const std::size_t end = text.find(separator);
    if (!is_part(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

/// Digits, and a fraction if there is one: the number and how many characters it has.
std::optional<std::pair<double, std::size_t>> parse_decimal(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  if (length == 0) return std::nullopt;
  if (length < text.size() && text[length] == '.') {
    const std::size_t fraction = ++length;
    while (length < text.size() && is_digit(text[length])) ++length;
    if (length == fraction) return std::nullopt;
  }
  const std::string digits(text.substr(0, length));
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + length, number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  return std::pair{number, length};
}

/// Factor of a unit of bytes; nothing where there is no such unit.
std::optional<double> factor_of(std::string_view unit) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (unit.empty()) return 1;
  const std::size_t power = kUnits.find(unit[0]);
  const bool is_binary = unit.size() == 2 && unit[1] == 'i';
  if (power == std::string_view::npos || (unit.size() != 1 && !is_binary)) return std::nullopt;
  double out = 1;
  for (std::size_t i = 0; i <= power; ++i) out *= is_binary ? 1024 : 1000;
  return out;
}

base::Error error_at(const std::string& path, std::string_view rule) {
  return base::invalid(path + ": " + std::string(rule));
}
std::string path_of(const Container& container) { return member_path("containers", container.name); }

/// One member of each, as words.
template <typename T>
std::string words_of(const std::vector<T>& list, std::string T::* member) {
  std::string out;
  for (const T& one : list) out += (out.empty() ? "" : ", ") + one.*member;
  return out;
}

// ---- placeholders

base::Result<> check_reference(const Workload& workload, const Reference& reference) {
  const std::string whole = "${" + reference.text + "}";
  const std::string& root = reference.path[0];
  if (std::any_of(reference.path.begin(), reference.path.end(), [](const std::string& part) { return part.empty(); })) {
    return base::invalid(whole +
                         " is malformed; a placeholder is ${metadata.KEY} or ${resources.NAME.OUTPUT}, and $$ "
                         "stands for a $");
  }
  if ((root != "metadata" && root != "resources") || reference.path.size() < 2) {
    return base::invalid(whole + ": a placeholder is ${metadata.KEY} or ${resources.NAME.OUTPUT}; $${" +
                         reference.text + "} stands for the text itself");
  }
  if (root == "metadata") {
    TP_CHECK(walk(workload.metadata, reference, 1));
    return {};
  }
  if (workload.find_resource(reference.path[1]) != nullptr) return {};
  const std::string there = words_of(workload.resources, &Resource::alias);
  return base::invalid(whole + ": there is no resource \"" + reference.path[1] + "\"; " +
                       (there.empty() ? "resources is empty" : "there is " + there));
}

base::Result<> check_text(const Workload& workload, std::string_view text, const std::string& path) {
  for (const Reference& reference : references_in(text)) {
    auto found = check_reference(workload, reference);
    if (!found) return std::move(found).error().with_context(path);
  }
  return {};
}

base::Result<> check_value(const Workload& workload, const json::Value& value, const std::string& path) {
  if (const std::string* text = value.if_string()) return check_text(workload, *text, path);
  if (const json::Array* list = value.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      TP_CHECK(check_value(workload, (*list)[i], path + "[" + std::to_string(i) + "]"));
    }
  } else if (const json::Object* object = value.if_object()) {
    for (const json::Member& member : *object) {
      TP_CHECK(check_value(workload, member.value, member_path(path, member.key)));
    }
  }
  return {};
}

base::Result<> check_placeholders(const Workload& workload, const Container& container) {
  const std::string path = path_of(container);
  for (const auto& [name, value] : container.variables) {
    TP_CHECK(check_text(workload, value, member_path(path + ".variables", name)));
  }
  for (const File& file : container.files) {
    if (!file.content || file.no_expand) continue;
    TP_CHECK(check_text(workload, *file.content, member_path(path + ".files", file.target) + ".content"));
  }
  for (const Volume& volume : container.volumes) {
    TP_CHECK(check_text(workload, volume.source, member_path(path + ".volumes", volume.target) + ".source"));
  }
  return {};
}

// ---- containers

base::Result<> check_amount(const Container& container, std::string_view name,
                            const std::optional<std::string>& request, const std::optional<std::string>& limit,
                            std::optional<double> (*read)(std::string_view text)) {
  // Doubles round; the API server finds the difference that this tolerates.
  constexpr double kTolerance = 1 + 1e-12;
  if (!request || !limit || read(*request).value_or(0) <= read(*limit).value_or(0) * kTolerance) return {};
  const std::string resources = path_of(container) + ".resources.";
  return error_at(resources + "requests." + std::string(name), *request + " is above the limit, which is " + *limit +
                                                                   "; lower it or raise " + resources + "limits." +
                                                                   std::string(name));
}

/// Score takes _ in names of headers, Kubernetes does not.
base::Result<> check_headers(const Container& container) {
  for (const auto& [name, probe] :
       {std::pair{"livenessProbe", &container.liveness}, std::pair{"readinessProbe", &container.readiness}}) {
    if (!*probe || !(*probe)->http_get) continue;
    const Texts& headers = (*probe)->http_get->headers;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      if (headers[i].first.find('_') == std::string::npos) continue;
      return error_at(path_of(container) + "." + name + ".httpGet.httpHeaders[" + std::to_string(i) + "].name",
                      "\"" + headers[i].first + "\" has a _, and Kubernetes takes letters, digits and - only");
    }
  }
  return {};
}

base::Result<> check_before(const Workload& workload, const Container& container) {
  const std::string path = path_of(container);
  const bool has_probe = container.liveness || container.readiness;
  std::size_t complete = 0;
  for (const Before& before : container.before) {
    const std::string here = member_path(path + ".before", before.container);
    if (before.container == container.name) return error_at(here, "a container cannot come before itself");
    if (workload.find_container(before.container) == nullptr) {
      return error_at(here, "there is no such container; there is " + words_of(workload.containers, &Container::name));
    }
    if (before.ready == Ready::healthy && !has_probe) {
      return error_at(here + ".ready",
                      "healthy needs " + path + ".readinessProbe or livenessProbe; add one, or say started");
    }
    if (before.ready == Ready::complete) ++complete;
  }
  if (complete != 0 && complete != container.before.size()) {
    return error_at(path + ".before",
                    "either all say complete or none: a container that has ended is not there for the others");
  }
  if (complete != 0 && has_probe) {
    return error_at(path + (container.liveness ? ".livenessProbe" : ".readinessProbe"),
                    "a container that completes before others start has no probes; leave it out");
  }
  return {};
}

// ---- delivery

base::Result<> check_ports(const Workload& workload) {
  std::set<std::pair<std::int64_t, std::string>> seen;
  for (const ServicePort& port : workload.ports) {
    if (!seen.emplace(port.port, port.protocol).second) {
      return error_at(member_path("service.ports", port.name) + ".port",
                      std::to_string(port.port) + "/" + port.protocol + " is that of another port; choose another one");
    }
  }
  return {};
}

base::Result<> check_service_name(const Workload& workload) {
  constexpr std::string_view kRule =
      "the Service of Kubernetes gets this name, which must begin with a letter and otherwise be a-z, 0-9 and -, with "
      "a "
      "letter or digit at the end";
  const std::string_view given = workload.annotation(kServiceNameAnnotation);
  if (!given.empty() && (!is_label(given) || !is_lower(given.front()))) {
    return error_at(member_path("metadata.annotations", kServiceNameAnnotation), kRule);
  }
  const bool is_named_like_it = given.empty() && !workload.ports.empty();
  const bool is_stateful = workload.annotation(kKindAnnotation) == kStatefulSet;
  if ((is_named_like_it || is_stateful) && !is_lower(workload.name.front())) {
    return error_at("metadata.name", kRule);
  }
  if (is_stateful && workload.name.size() > kLongestStatefulName) {
    return error_at("metadata.name", "must have at most 50 characters where the workload is a StatefulSet");
  }
  return {};
}

base::Result<> check_annotations(const Workload& workload) {
  for (const auto& [key, value] : workload.annotations) {
    const std::string path = member_path("metadata.annotations", key);
    if (key == kKindAnnotation && value != "Deployment" && value != kStatefulSet) {
      return error_at(path, "must be one of Deployment, StatefulSet, but is \"" + value + "\"");
    }
    if (key == kReplicasAnnotation) {
      if (value.empty() || value.size() > 6 || !std::all_of(value.begin(), value.end(), is_digit)) {
        return error_at(path, "must be a number of pods, such as \"2\"");
      }
    } else if (key.starts_with(kOwnPrefix)) {
      return error_at(path, "there is no such annotation; there is " + std::string(kReplicasAnnotation));
    }
  }
  return {};
}

}  // namespace

bool is_annotation_key(std::string_view text) {
  if (text.size() < 2 || text.size() > 316) return false;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_name(text, "-_.");
  return all_parts(text.substr(0, slash), '.', is_label) && is_name(text.substr(slash + 1), "-_.");
}

bool is_type_name(std::string_view text) { return is_name(text, "-"); }

bool is_resource_id(std::string_view text) {
  return is_name(text, "-.") && std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) &&
         all_parts(text, '.',
                   [](std::string_view part) { return !part.empty() && part.front() != '-' && part.back() != '-'; });
}

bool is_header_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

std::optional<double> parse_cpu(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number) return std::nullopt;
  const std::string_view rest = text.substr(number->second);
  if (rest.empty()) return number->first;
  const bool is_whole = text.find('.') == std::string_view::npos;
  return rest == "m" && is_whole ? std::optional(number->first / 1000) : std::nullopt;
}

std::optional<double> parse_memory(std::string_view text) {
  const auto number = parse_decimal(text);
  // Above zero, and no leading zero but that of a fraction.
  if (!number || (text[0] == '0' && !text.starts_with("0."))) return std::nullopt;
  const auto factor = factor_of(text.substr(number->second));
  return factor ? std::optional(number->first * *factor) : std::nullopt;
}

std::optional<std::int64_t> parse_mode(std::string_view text) {
  if (text.size() == 4 && text[0] == '0') text.remove_prefix(1);
  if (text.size() != 3 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; })) {
    return std::nullopt;
  }
  return (text[0] - '0') * 64 + (text[1] - '0') * 8 + (text[2] - '0');
}

base::Result<std::vector<const Container*>> start_order(const Workload& workload) {
  const auto comes_before = [](const Container& one, const Container& other) {
    return std::any_of(one.before.begin(), one.before.end(),
                       [&](const Before& before) { return before.container == other.name; });
  };
  std::vector<const Container*> out, left;
  for (const Container& container : workload.containers) left.push_back(&container);
  const auto one_before = [&](const Container* container) {
    return std::find_if(left.begin(), left.end(),
                        [&](const Container* other) { return comes_before(*other, *container); });
  };
  while (!left.empty()) {
    const auto next = std::find_if(left.begin(), left.end(),
                                   [&](const Container* container) { return one_before(container) == left.end(); });
    if (next != left.end()) {
      out.push_back(*next);
      left.erase(next);
      continue;
    }
    // Each that is left has one before it: going back from any of them meets a container again.
    std::vector<std::string> way{left.front()->name};
    for (const Container* here = left.front(); std::count(way.begin(), way.end(), way.back()) == 1;) {
      here = *one_before(here);
      way.push_back(here->name);
    }
    way.erase(way.begin(), std::find(way.begin(), way.end(), way.back()));
    std::reverse(way.begin(), way.end());
    return base::invalid("containers." + way.front() + ".before: each comes before the next: " + base::join(way, ", ") +
                         "; take one out of this circle");
  }
  return out;
}

base::Result<> check(const Workload& workload) {
  for (const Container& container : workload.containers) {
    TP_CHECK(check_placeholders(workload, container));
    TP_CHECK(check_amount(container, "cpu", container.requests.cpu, container.limits.cpu, parse_cpu));
    TP_CHECK(check_amount(container, "memory", container.requests.memory, container.limits.memory, parse_memory));
    TP_CHECK(check_headers(container));
    TP_CHECK(check_before(workload, container));
  }
  TP_CHECK(start_order(workload));
  for (const Resource& resource : workload.resources) {
    TP_CHECK(check_value(workload, resource.params, member_path("resources", resource.alias) + ".params"));
  }
  TP_CHECK(check_ports(workload));
  TP_CHECK(check_annotations(workload));
  return check_service_name(workload);
}

}  // namespace threeport::score
