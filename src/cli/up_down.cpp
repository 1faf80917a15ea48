// `up` and `down`: a control plane on this machine, as one process over an embedded database.
#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/kubeconfig_file.h"
#include "cli/local_certificates.h"
#include "cli/process.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;

constexpr std::uint16_t kFirstPort = 1323;
constexpr std::uint16_t kPorts = 1000;
constexpr base::Millis kStartLimit{30'000};
constexpr base::Millis kStopLimit{30'000};

/// The files of one local control plane.
struct LocalFiles {
  std::filesystem::path folder, database, key, log, pid;
  CertificateFiles certificates;
  LocalFiles(const Session& session, const std::string& name)
      : folder(session.state_folder() / name),
        database(folder / "threeport.db"),
        key(folder / "encryption.key"),
        log(folder / "threeportd.log"),
        pid(folder / "threeportd.pid"),
        certificates(folder / "certificates") {}
};

/// The name is a folder too.
Result<void> check_name(std::string_view name) {
  const auto is_edge = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool is_good = !name.empty() && name.size() <= 63 && is_edge(name.front()) && is_edge(name.back()) &&
                       std::all_of(name.begin(), name.end(), [&](char c) { return is_edge(c) || c == '-'; });
  if (is_good) return {};
  return base::invalid("--name \"" + std::string(name) +
                       "\" must be lower-case letters, digits and dashes, at most 63, such as local");
}

std::filesystem::path server_program(const Environment& environment) {
  return environment.executable.parent_path() / "threeportd";
}

std::string loopback(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

/// The port of "127.0.0.1:1323"; 0 where it is none.
std::uint16_t port_of(std::string_view address) {
  const std::string_view digits = address.substr(std::min(address.rfind(':') + 1, address.size()));
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return code == std::errc{} && end == digits.data() + digits.size() ? port : std::uint16_t{0};
}

/// Where the server listens: as asked, else where it listened before, else the first free port.
Result<std::string> choose_address(const Config& config, const UpOptions& options) {
  if (!options.listen.empty()) {
    if (port_of(options.listen) != 0 && options.listen.find(':') > 0) return options.listen;
    return base::invalid("--listen must be HOST:PORT, such as 127.0.0.1:1323");
  }
  if (const auto before = config.select(options.name)) {
    const std::uint16_t port = port_of(before->api_server);
    if (before->api_server == loopback(port) && is_port_free(port)) return before->api_server;
  }
  for (std::uint16_t port = kFirstPort; port < kFirstPort + kPorts; ++port) {
    if (is_port_free(port)) return loopback(port);
  }
  return base::unavailable("no port from 1323 to 2322 is free on 127.0.0.1; name one with --listen");
}

/// The last line of the server's log that says something: it names the cause when the server ended at once.
std::string last_words(const std::filesystem::path& log) {
  const auto text = base::read_file(log);
  if (!text) return "";
  std::size_t end = text->find_last_not_of("\n\r ");
  if (end == std::string::npos) return "";
  const std::size_t start = text->rfind('\n', end);
  return text->substr(start == std::string::npos ? 0 : start + 1,
                      end - (start == std::string::npos ? 0 : start + 1) + 1);
}

/// Waits until /readyz answers 200. `child`: to notice that it has ended; 0 if it is not ours.
Result<void> wait_until_serving(Session& session, const ControlPlane& control_plane, const LocalFiles& files,
                                pid_t child) {
  base::Clock& clock = session.environment().clock;
  TP_TRY(const auto api, session.environment().connect(control_plane));
  const auto started = clock.steady_now();
  std::string reason = "starting";
  while (true) {
    const auto ready = api->call("GET", "/readyz", {}, base::Millis(2'000));
    if (ready) break;
    if (ready.error().reason.empty()) reason = ready.error().message;
    const auto elapsed = std::chrono::duration_cast<base::Millis>(clock.steady_now() - started);
    if (child != 0 && has_exited(child)) {
      return base::unavailable("threeportd ended at once: " + last_words(files.log) + " (" + files.log.string() +
                               " has more)");
    }
    if (elapsed >= kStartLimit) {
      return base::unavailable("threeportd is not ready after " + base::format_duration(kStartLimit) + ": " + reason +
                               " (" + files.log.string() + " has more)");
    }
    if (elapsed.count() >= 200) {
      const std::string seconds =
          session.environment().is_terminal ? " (" + std::to_string(elapsed.count() / 1000) + "s)" : "";
      session.output().progress({"threeportd at " + control_plane.url() + ": " + reason + seconds});
    }
    pause(clock, base::Millis(25));
  }
  session.output().end_progress();
  return {};
}

/// The host of "api.example.org:1323" or "[::1]:1323"; "" of an address that stands for all of the machine's.
std::string host_of(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "0.0.0.0" || host == "::" ? std::string() : std::string(host);
}

/// The entry of the configuration file for a server that listens at `address`. With authentication its certificates are
/// made or renewed.
Result<ControlPlane> local_control_plane(Session& session, const UpOptions& options, const LocalFiles& files,
                                         const std::string& address) {
  ControlPlane out{
      .name = options.name, .api_server = {}, .ca_pem = {}, .certificate_pem = {}, .key_pem = {}, .token = {}};
  out.auth_enabled = options.auth_enabled;
  const std::string host = host_of(address);
  out.api_server = host.empty() ? loopback(port_of(address)) : address;
  if (!options.auth_enabled) return out;
  CertificatesWanted wanted{.name = options.name, .hosts = options.hosts};
  if (!host.empty()) wanted.hosts.push_back(host);
  TP_TRY(Certificates made, ensure_certificates(files.certificates, wanted, session.environment().clock));
  out.ca_pem = std::move(made.authority_pem);
  out.certificate_pem = std::move(made.client.certificate_pem);
  out.key_pem = std::move(made.client.key_pem);
  return out;
}

std::vector<std::string> server_arguments(const LocalFiles& files, const std::string& address,
                                          const UpOptions& options) {
  std::vector<std::string> out{"--listen", address,          "--database", "sqlite://" + files.database.string(),
                               "--roles",  "api,controllers"};
  if (options.debug) out.emplace_back("--log-level=debug");
  if (!options.auth_enabled) {
    out.emplace_back("--auth-enabled=false");
    return out;
  }
  out.push_back("--tls-certificate-file=" + files.certificates.server.certificate.string());
  out.push_back("--tls-key-file=" + files.certificates.server.key.string());
  out.push_back("--client-ca-file=" + files.certificates.authority.certificate.string());
  return out;
}

/// The pid of the running server of these files. A pid file that is left from one that ended is removed.
std::optional<pid_t> running_server(const LocalFiles& files, const std::filesystem::path& program) {
  const auto pid = read_pid_file(files.pid);
  if (pid && is_running(*pid, program)) return pid;
  std::error_code ignored;
  std::filesystem::remove(files.pid, ignored);
  return std::nullopt;
}

Result<ControlPlane> start(Session& session, const UpOptions& options, const LocalFiles& files, const Config& config) {
  const std::filesystem::path program = server_program(session.environment());
  if (!std::filesystem::exists(program)) {
    return base::not_found("threeportd is not beside tptctl (" + program.string() +
                           "); install both programs into one folder");
  }
  TP_CHECK(base::ensure_directory(files.folder, 0700));
  TP_TRY(const std::string address, choose_address(config, options));
  TP_TRY(ControlPlane control_plane, local_control_plane(session, options, files, address));
  std::vector<std::string> command = server_arguments(files, address, options);
  command.insert(command.begin(), program.string());
  TP_TRY(const pid_t pid, start_detached(command, files.log));
  TP_CHECK(base::write_file_atomically(files.pid, std::to_string(pid) + "\n", 0600));
  if (auto serving = wait_until_serving(session, control_plane, files, pid); !serving) {
    terminate(pid, program, session.environment().clock, base::Millis(5'000));
    std::error_code ignored;
    std::filesystem::remove(files.pid, ignored);
    return std::move(serving).error();
  }
  session.output().complete("control plane " + options.name + " is up at " + control_plane.url() + " (pid " +
                            std::to_string(pid) + ", log " + files.log.string() + ")");
  return control_plane;
}

/// Renews certificates that end soon. The server itself reads its own when it starts.
Result<void> renew_certificates(Session& session, const std::string& name, const LocalFiles& files,
                                ControlPlane& control_plane) {
  if (!control_plane.auth_enabled) return {};
  TP_TRY(Certificates made,
         ensure_certificates(files.certificates, {.name = name, .hosts = {}}, session.environment().clock));
  if (made.is_server_new)
    session.output().warning("the certificate of the server was renewed: `tptctl down` and `tptctl up` take it up");
  if (!made.is_client_new) return {};
  control_plane.certificate_pem = std::move(made.client.certificate_pem);
  control_plane.key_pem = std::move(made.client.key_pem);
  TP_TRY(Config config, session.config());
  config.put(control_plane);
  return config.save();
}

/// The key that the server made, for the entry of the configuration file; "" where it has another one.
base::Secret<std::string> encryption_key_of(const LocalFiles& files) {
  const auto text = base::read_file(files.key);
  if (!text) return {};
  return base::Secret(text->substr(0, text->find_last_not_of(" \r\n") + 1));
}

/// Makes the cluster of a kubeconfig, which stands alone, the default runtime.
Result<void> adopt_cluster(Session& session, const UpOptions& options, client::Api& api, std::string kubeconfig) {
  const json::Value definition = json::Object{{"Name", options.name}, {"InfraProvider", options.provider}};
  const json::Value instance = json::Object{{"Name", options.name},
                                            {"Location", "Local"},
                                            {"DefaultRuntime", true},
                                            {"KubernetesRuntimeDefinition", json::Object{{"Name", options.name}}},
                                            {"Kubeconfig", std::move(kubeconfig)}};
  const json::Value body =
      json::Object{{"Documents", json::Array{json::Object{{"KubernetesRuntimeDefinition", definition}},
                                             json::Object{{"KubernetesRuntimeInstance", instance}}}}};
  TP_TRY(const client::Answer answer, api.call("POST", "/v0/apply", body));
  session.output().info("the cluster of " + options.kubeconfig + " is Kubernetes runtime " + options.name +
                        ", the default one");
  return {};
}

}  // namespace

Result<int> up(Session& session, const UpOptions& options) {
  TP_CHECK(check_name(options.name));
  const LocalFiles files(session, options.name);
  const std::filesystem::path program = server_program(session.environment());
  TP_TRY(Config config, session.config());
  std::string kubeconfig;  // read first: nothing is started for one that is unusable
  if (!options.kubeconfig.empty()) {
    TP_TRY(kubeconfig,
           inline_kubeconfig(session.environment().working_directory / options.kubeconfig, options.context));
  } else if (!options.context.empty()) {
    return base::invalid("--context " + options.context + " goes with --kubeconfig: name the file that has it");
  }
  ControlPlane control_plane;
  if (const auto pid = running_server(files, program)) {
    TP_TRY(control_plane, config.select(options.name));
    TP_CHECK(renew_certificates(session, options.name, files, control_plane));
    TP_CHECK(wait_until_serving(session, control_plane, files, 0));
    session.output().info("control plane " + options.name + " already runs at " + control_plane.url() + " (pid " +
                          std::to_string(*pid) + ")");
    if (control_plane.auth_enabled != options.auth_enabled) {
      session.output().info(std::string("it runs ") + (control_plane.auth_enabled ? "with" : "without") +
                            " authentication; `tptctl down` and then `tptctl up` change that");
    }
  } else {
    TP_TRY(control_plane, start(session, options, files, config));
    control_plane.encryption_key = encryption_key_of(files);
    config.put(control_plane);
    TP_CHECK(config.set_current(options.name));
    TP_CHECK(config.save());
  }
  if (!options.kubeconfig.empty()) {
    TP_TRY(const auto api, session.environment().connect(control_plane));
    TP_CHECK(adopt_cluster(session, options, *api, std::move(kubeconfig)));
  }
  return 0;
}

Result<int> down(Session& session, const DownOptions& options) {
  TP_CHECK(check_name(options.name));
  const LocalFiles files(session, options.name);
  const std::filesystem::path program = server_program(session.environment());
  TP_TRY(Config config, session.config());
  if (const auto pid = running_server(files, program)) {
    session.output().progress({"threeportd (pid " + std::to_string(*pid) + ") is finishing its work"});
    if (!terminate(*pid, program, session.environment().clock, kStopLimit)) {
      return base::unavailable("threeportd (pid " + std::to_string(*pid) + ") still runs " +
                               base::format_duration(kStopLimit) + " after SIGTERM; " + files.log.string() +
                               " may say why");
    }
    std::error_code ignored;
    std::filesystem::remove(files.pid, ignored);
    session.output().complete("control plane " + options.name + " is down; what it delivered goes on running");
  } else {
    session.output().info("control plane " + options.name + " does not run");
  }
  if (!options.purge) return 0;
  std::error_code failed;
  std::filesystem::remove_all(files.folder, failed);
  if (failed) return base::system_error(failed.value(), "remove " + files.folder.string());
  if (config.remove(options.name)) TP_CHECK(config.save());
  session.output().info("removed " + files.folder.string() + " and the entry in " + config.path().string());
  return 0;
}

}  // namespace threeport::cli
