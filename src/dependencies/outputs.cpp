#include "dependencies/outputs.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace threeport::dependencies {
namespace {

base::Error unknown(const score::Reference& reference, const std::string& what) {
  return base::invalid("${" + reference.text + "}: " + what);
}

std::string names_of(const Outputs& outputs) {
  std::vector<std::string> names;
  for (const auto& [name, output] : outputs) names.push_back(name);
  return names.empty() ? std::string("nothing") : base::join(names, ", ");
}

base::Result<score::Output> find_plain(const json::Value& root, const score::Reference& reference) {
  TP_TRY(json::Value value, score::walk(root, reference, 1));
  return score::Output{.value = std::move(value), .secret = false};
}

}  // namespace

base::Result<score::Output> find_output(const Outputs& outputs, const score::Reference& reference, std::size_t from) {
  if (reference.path.size() <= from) return unknown(reference, "which one? There is " + names_of(outputs));
  const auto it = outputs.find(reference.path[from]);
  if (it == outputs.end())
    return unknown(reference, "there is no \"" + reference.path[from] + "\"; there is " + names_of(outputs));
  TP_TRY(json::Value value, score::walk(it->second.value, reference, from + 1));
  return score::Output{.value = std::move(value), .secret = it->second.secret};
}

json::Value encode_outputs(const Outputs& outputs, const std::function<std::string(std::string_view)>& seal) {
  json::Object out;
  for (const auto& [name, output] : outputs) {
    out.append(name,
               output.secret ? json::Value(json::Object{{"Secret", seal(json::dump(output.value))}}) : output.value);
  }
  return out;
}

base::Result<Outputs> decode_outputs(const json::Value& stored,
                                     const std::function<base::Result<std::string>(std::string_view)>& reveal) {
  Outputs out;
  const json::Object* members = stored.if_object();
  if (members == nullptr) return out;
  for (const json::Member& member : *members) {
    const json::Value* secret = member.value.find("Secret");
    if (secret == nullptr || member.value.as_object().size() != 1) {
      out[member.key] = {.value = member.value};
      continue;
    }
    TP_TRY(const std::string text, reveal(secret->text()));
    TP_TRY(json::Value value, json::parse(text));
    out[member.key] = {.value = std::move(value), .secret = true};
  }
  return out;
}

score::Lookup lookup_in(const Roots& roots) {
  return [&roots](const score::Reference& reference) -> base::Result<score::Output> {
    const std::string& root = reference.path[0];
    if (root == "self") return find_plain(roots.self, reference);
    if (root == "workload") return find_plain(roots.workload, reference);
    if (root == "target") return find_plain(roots.target, reference);
    if (root == "params") return find_output(roots.params, reference, 1);
    if (root == "environment") return find_output(roots.environment, reference, 1);
    if (root == "generated") return find_output(roots.generated, reference, 1);
    if (root == "requires") {
      const auto it = reference.path.size() < 2 ? roots.dependencies.end() : roots.dependencies.find(reference.path[1]);
      if (it == roots.dependencies.end()) return unknown(reference, "Requires has no such alias");
      return find_output(it->second, reference, 2);
    }
    return unknown(
        reference,
        "templates of profiles begin with self, params, environment, workload, target, requires or generated");
  };
}

base::Result<Outputs> make_outputs(const json::Value& templates, const score::Lookup& lookup) {
  Outputs out;
  const json::Object* members = templates.if_object();
  if (members == nullptr) return out;
  for (const json::Member& member : *members) {
    const json::Value* secret =
        member.value.is_object() && member.value.as_object().size() == 1 ? member.value.find("Secret") : nullptr;
    auto made = score::expand(secret == nullptr ? member.value : *secret, lookup);
    if (!made) return std::move(made).error().with_context("Outputs." + member.key);
    made->secret = made->secret || secret != nullptr;
    out[member.key] = std::move(*made);
  }
  return out;
}

base::Result<Outputs> complete_params(Outputs params, const json::Value& defaults,
                                      const std::vector<score::Reference>& read,
                                      const std::set<std::string>& optional) {
  std::set<std::string> known = optional;
  for (const score::Reference& reference : read) {
    if (reference.path[0] == "params" && reference.path.size() > 1) known.insert(reference.path[1]);
  }
  if (const json::Object* members = defaults.if_object()) {
    for (const json::Member& member : *members) {
      known.insert(member.key);
      params.try_emplace(member.key, score::Output{.value = member.value});
    }
  }
  for (const auto& [name, output] : params) {
    if (known.contains(name)) continue;
    return base::invalid("params." + name + " is not a parameter of this dependency; it takes " +
                         (known.empty() ? std::string("none") : base::join(known, ", ")));
  }
  for (const std::string& name : known) {
    if (!params.contains(name) && !optional.contains(name))
      return base::invalid("params." + name + " is missing: this dependency needs it");
  }
  return params;
}

}  // namespace threeport::dependencies
