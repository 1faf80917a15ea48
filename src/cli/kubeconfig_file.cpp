#include "cli/kubeconfig_file.h"

#include <vector>

#include "base/crypto.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using base::Result;

/// The element of root[list] with that name. `from`: who names it, for the message.
Result<json::Value> find_named(const json::Value& root, std::string_view list, std::string_view name,
                               std::string_view from) {
  std::vector<std::string> names;
  if (const json::Array* elements = root.at(list).if_array()) {
    for (const json::Value& element : *elements) {
      if (element.at("name").text() == name) return element;
      names.emplace_back(element.at("name").text());
    }
  }
  return base::invalid(std::string(from) + " \"" + std::string(name) + "\" is not in its " + std::string(list) +
                       (names.empty() ? ", which are empty" : ", which has " + base::join(names, ", ")) +
                       did_you_mean(name, names));
}

/// Replaces `file_key`, a path, by `data_key` with the file's contents, unless the latter is there already (it wins).
Result<void> inline_file(json::Value& object, std::string_view file_key, std::string_view data_key, bool as_base64,
                         const std::filesystem::path& folder) {
  const json::Value* file = object.find(file_key);
  if (file == nullptr) return {};
  const std::filesystem::path path = folder / std::string(file->text());
  const std::string_view existing = object.at(data_key).text();
  if (existing.empty() && !file->text().empty()) {
    auto contents = base::read_file(path);
    if (!contents) return std::move(contents).error().with_context(file_key);
    if (!as_base64) contents->erase(contents->find_last_not_of(" \r\n\t") + 1);
    object[data_key] = as_base64 ? base::base64_encode(*contents) : *contents;
  }
  object.as_object().erase(file_key);
  return {};
}

Result<std::string> make_standalone(const json::Value& root, std::string_view wanted,
                                    const std::filesystem::path& folder) {
  const std::string_view current = root.at("current-context").text();
  const std::string_view name = wanted.empty() ? current : wanted;
  if (name.empty()) return base::invalid("it has no current-context; name one with Context (or --context)");
  TP_TRY(const json::Value context, find_named(root, "contexts", name, "context"));
  TP_TRY(json::Value cluster, find_named(root, "clusters", context.at("context", "cluster").text(), "cluster"));
  json::Array users;
  if (!context.at("context", "user").text().empty()) {
    TP_TRY(json::Value user, find_named(root, "users", context.at("context", "user").text(), "user"));
    json::Value& credentials = user["user"];
    if (credentials.is_object()) {
      TP_CHECK(inline_file(credentials, "client-certificate", "client-certificate-data", true, folder));
      TP_CHECK(inline_file(credentials, "client-key", "client-key-data", true, folder));
      TP_CHECK(inline_file(credentials, "tokenFile", "token", false, folder));
    }
    users.push_back(std::move(user));
  }
  if (json::Value& server = cluster["cluster"]; server.is_object()) {
    TP_CHECK(inline_file(server, "certificate-authority", "certificate-authority-data", true, folder));
  }
  const json::Value out = json::Object{{"apiVersion", "v1"},
                                       {"kind", "Config"},
                                       {"current-context", name},
                                       {"contexts", json::Array{context}},
                                       {"clusters", json::Array{std::move(cluster)}},
                                       {"users", std::move(users)}};
  return base::yaml::dump(out);
}

}  // namespace

base::Result<std::string> inline_kubeconfig(const std::filesystem::path& path, std::string_view context) {
  TP_TRY(const std::string text, base::read_file(path));
  auto root = base::yaml::parse_document(text);
  if (!root) return std::move(root).error().with_context("kubeconfig " + path.string());
  if (!root->find("contexts") || !root->find("clusters")) {
    return base::invalid("kubeconfig " + path.string() + ": it has no contexts and clusters; is it a kubeconfig?");
  }
  auto out = make_standalone(*root, context, path.parent_path());
  if (!out) return std::move(out).error().with_context("kubeconfig " + path.string());
  return out;
}

}  // namespace threeport::cli
