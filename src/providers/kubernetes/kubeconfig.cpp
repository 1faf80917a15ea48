#include "providers/kubernetes/kubeconfig.h"

#include <utility>

#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"

namespace threeport::providers::kubernetes {

namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;

constexpr std::size_t kMaxFile = 1 << 20;

std::string names_in(const Value& list) {
  std::string out;
  if (!list.is_array()) return "none";
  for (const Value& entry : list.as_array()) {
    if (!out.empty()) out += ", ";
    out += entry.at("name").text();
  }
  return out.empty() ? "none" : out;
}

/// `list` has entries {name, <member>}; the member of the entry called `name`.
base::Result<Value> find_named(const Value& config, std::string_view list, std::string_view member,
                               std::string_view name) {
  const Value& entries = config.at(list);
  if (entries.is_array()) {
    for (const Value& entry : entries.as_array()) {
      if (entry.at("name").text() != name) continue;
      if (!entry.at(member).is_object()) {
        return base::invalid("kubeconfig: " + std::string(list) + " \"" + std::string(name) + "\" has no " +
                             std::string(member));
      }
      return entry.at(member);
    }
  }
  return base::invalid("kubeconfig: there is no " + std::string(member) + " \"" + std::string(name) +
                       "\"; it has: " + names_in(entries));
}

base::Result<std::string> context_name(const Value& config, const KubeconfigOptions& options) {
  if (!options.context.empty()) return options.context;
  if (const std::string_view current = config.at("current-context").text(); !current.empty()) {
    return std::string(current);
  }
  const Value& contexts = config.at("contexts");
  if (contexts.is_array() && contexts.as_array().size() == 1) {
    return std::string(contexts.as_array().front().at("name").text());
  }
  return base::invalid("kubeconfig: current-context is missing; set it, or name one of the contexts: " +
                       names_in(contexts));
}

base::Result<std::string> read_named_file(std::string_view member, const std::string& path,
                                          const KubeconfigOptions& options) {
  if (options.base_folder.empty()) {
    return base::invalid("kubeconfig: " + std::string(member) + " names the file " + path +
                         ", which is not read here; put its content in as " +
                         (member == "tokenFile" ? std::string("token") : std::string(member) + "-data") +
                         " (tptctl does this)");
  }
  auto text = base::read_file(options.base_folder / path, kMaxFile);
  if (!text) {
    base::Error error = std::move(text).error();
    return base::invalid("kubeconfig: " + std::string(member) + ": " + error.message);
  }
  return text;
}

/// The content of `<member>-data` (base64), else of the file that `<member>` names, else "".
base::Result<std::string> content_of(const Value& object, std::string_view member, const KubeconfigOptions& options) {
  const std::string data_member = std::string(member) + "-data";
  if (const std::string_view data = object.at(std::string_view(data_member)).text(); !data.empty()) {
    // Wrapped base64 is common in files that people edit.
    std::string joined;
    for (const char c : data) {
      if (c != '\n' && c != '\r' && c != ' ') joined += c;
    }
    auto decoded = base::base64_decode(joined);
    if (!decoded) return base::invalid("kubeconfig: " + data_member + " is not base64: " + decoded.error().message);
    return decoded;
  }
  const std::string path(object.at(member).text());
  if (path.empty()) return std::string();
  return read_named_file(member, path, options);
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

base::Result<void> refuse_plugins(const Value& user, std::string_view name) {
  for (const std::string_view member : {"exec", "auth-provider"}) {
    if (user.find(member) == nullptr) continue;
    return base::invalid("kubeconfig: user \"" + std::string(name) + "\" gets its credentials from a plugin (" +
                         std::string(member) +
                         "), which is not supported yet; use a token or a client certificate, for example that of a "
                         "service account");
  }
  if (user.find("as") != nullptr) {
    return base::invalid("kubeconfig: user \"" + std::string(name) +
                         "\" impersonates another one (as), which is not supported; use credentials of that user");
  }
  return {};
}

base::Result<void> read_cluster(const Value& cluster, std::string_view name, const KubeconfigOptions& options,
                                Access& access) {
  access.server = std::string(cluster.at("server").text());
  while (access.server.ends_with('/')) access.server.pop_back();
  if (access.server.empty()) {
    return base::invalid("kubeconfig: cluster \"" + std::string(name) +
                         "\" has no server; write for example server: https://10.0.0.1:6443");
  }
  if (access.server.find("://") == std::string::npos) access.server = "https://" + access.server;
  if (!access.server.starts_with("https://") && !access.server.starts_with("http://")) {
    return base::invalid("kubeconfig: server of cluster \"" + std::string(name) + "\" is " + access.server +
                         "; only https:// and http:// are supported");
  }
  TP_TRY(access.ca_pem, content_of(cluster, "certificate-authority", options));
  access.insecure_skip_verify = cluster.at("insecure-skip-tls-verify") == Value(true);
  if (access.insecure_skip_verify && !access.ca_pem.empty()) {
    return base::invalid("kubeconfig: cluster \"" + std::string(name) +
                         "\" has both a certificate authority and insecure-skip-tls-verify; remove one of them");
  }
  access.server_name = std::string(cluster.at("tls-server-name").text());
  access.proxy_url = std::string(cluster.at("proxy-url").text());
  return {};
}

base::Result<void> read_user(const Value& user, std::string_view name, const KubeconfigOptions& options,
                             Access& access) {
  TP_CHECK(refuse_plugins(user, name));
  TP_TRY(access.certificate_pem, content_of(user, "client-certificate", options));
  TP_TRY(access.key_pem, content_of(user, "client-key", options));
  if (access.certificate_pem.empty() != access.key_pem.empty()) {
    return base::invalid("kubeconfig: user \"" + std::string(name) + "\" has a client " +
                         (access.key_pem.empty() ? "certificate without its key; add client-key-data"
                                                 : "key without its certificate; add client-certificate-data"));
  }
  // The file wins where both are there, as in client-go: it may be renewed.
  access.token = std::string(user.at("token").text());
  if (const std::string path(user.at("tokenFile").text());
      !path.empty() && (access.token.empty() || !options.base_folder.empty())) {
    TP_TRY(access.token, read_named_file("tokenFile", path, options));
  }
  access.token = trimmed(std::move(access.token));
  access.username = std::string(user.at("username").text());
  access.password = std::string(user.at("password").text());
  if (!access.token.empty() && !access.username.empty()) {
    return base::invalid("kubeconfig: user \"" + std::string(name) + "\" has both a token and a username; remove one");
  }
  return {};
}

}  // namespace

base::Result<Access> parse_kubeconfig(std::string_view text, const KubeconfigOptions& options) {
  auto parsed = base::yaml::parse_document(text);
  if (!parsed) return std::move(parsed).error().with_context("kubeconfig");
  const Value config = std::move(*parsed);
  if (!config.is_object())
    return base::invalid("kubeconfig: this is not a kubeconfig but a " + std::string(config.type_name()));
  if (const std::string_view kind = config.at("kind").text(); !kind.empty() && kind != "Config") {
    return base::invalid("kubeconfig: kind is " + std::string(kind) + "; a kubeconfig has kind Config");
  }
  TP_TRY(const std::string name, context_name(config, options));
  TP_TRY(const Value context, find_named(config, "contexts", "context", name));
  const std::string cluster_name(context.at("cluster").text());
  const std::string user_name(context.at("user").text());
  TP_TRY(const Value cluster, find_named(config, "clusters", "cluster", cluster_name));
  Access access;
  access.default_namespace = std::string(context.at("namespace").text());
  TP_CHECK(read_cluster(cluster, cluster_name, options, access));
  if (!user_name.empty()) {
    TP_TRY(const Value user, find_named(config, "users", "user", user_name));
    TP_CHECK(read_user(user, user_name, options, access));
  }
  return access;
}

std::string make_kubeconfig(const Access& access, std::string_view name) {
  const auto set = [](Value& object, std::string_view member, const std::string& value) {
    if (!value.empty()) object.as_object().set(member, value);
  };
  const auto set_data = [&](Value& object, std::string_view member, const std::string& pem) {
    if (!pem.empty()) object.as_object().set(member, base::base64_encode(pem));
  };
  Value cluster = Object{{"server", access.server}};
  set_data(cluster, "certificate-authority-data", access.ca_pem);
  if (access.insecure_skip_verify) cluster["insecure-skip-tls-verify"] = true;
  set(cluster, "tls-server-name", access.server_name);
  set(cluster, "proxy-url", access.proxy_url);
  Value user = Object{};
  set_data(user, "client-certificate-data", access.certificate_pem);
  set_data(user, "client-key-data", access.key_pem);
  set(user, "token", access.token);
  set(user, "username", access.username);
  set(user, "password", access.password);
  Value context = Object{{"cluster", name}, {"user", name}};
  set(context, "namespace", access.default_namespace);
  return base::dump_yaml(Object{{"apiVersion", "v1"},
                                {"kind", "Config"},
                                {"clusters", Array{Object{{"name", name}, {"cluster", std::move(cluster)}}}},
                                {"users", Array{Object{{"name", name}, {"user", std::move(user)}}}},
                                {"contexts", Array{Object{{"name", name}, {"context", std::move(context)}}}},
                                {"current-context", name}});
}

base::Result<std::string> inline_kubeconfig(std::string_view text, const KubeconfigOptions& options) {
  TP_TRY(const Access access, parse_kubeconfig(text, options));
  return make_kubeconfig(access, options.context.empty() ? std::string_view("threeport") : options.context);
}

}  // namespace threeport::providers::kubernetes
