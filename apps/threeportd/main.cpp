// threeportd: the REST API, the controllers, or both, over one database. Wiring only.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>
#include <malloc.h>

#include "apps/threeportd/daemon.h"
#include "apps/threeportd/http_flags.h"
#include "base/file.h"
#include "base/log.h"

namespace {

using namespace threeport;

int fail(const base::Error& error) {
  std::cerr << "threeportd: " << error.message << "\n";
  return base::exit_code(error.kind);
}

/// Blocks until the process is asked to end. The signals are blocked in every thread, so that only this one takes them.
void wait_for_signal(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  base::log::info("stopping", {{"signal", signal}});
}

/// Memory that one thread takes and another gives back would otherwise go to the kernel and come again, thousands of
/// times a second.
void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

void add_provisioner_flags(CLI::App& app, DaemonOptions& options, std::string& ca_file) {
  app.add_option("--command-directory", options.provisioners.command_folders,
                 "Folder whose programs dependency profiles may run; repeat it for several")
      ->check(CLI::ExistingDirectory);
  app.add_option("--provisioner-ca-file", ca_file, "CAs of provisioners with https URLs, PEM; default: the system's");
}

base::Result<void> read_provisioner_flags(const std::string& ca_file, DaemonOptions& options) {
  if (ca_file.empty()) return {};
  TP_TRY(options.provisioners.http_ca_pem, base::read_file(ca_file));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  DaemonOptions options;
  HttpFlags http_flags;
  std::string provisioner_ca_file, level = "info", audit_retention = base::format_duration(options.audit_retention);
  bool json_log = false;
  CLI::App app{"threeportd: the Threeport control plane"};
  app.set_version_flag("--version", std::string(kVersion));
  app.add_option("--listen", options.listen,
                 "Address of the API, HOST:PORT; without authentication only loopback is allowed")
      ->capture_default_str();
  app.add_option("--database", options.database, "sqlite:///PATH or postgresql://USER@HOST:PORT/NAME")->required();
  app.add_option("--roles", options.roles, "api, controllers, or both")->delimiter(',')->capture_default_str();
  app.add_option("--auth-enabled", options.auth_enabled, "Serve TLS, and ask callers for a certificate or a token")
      ->capture_default_str();
  add_http_flags(app, options.http, http_flags);
  app.add_option("--encryption-key-file", options.encryption_key_file,
                 "Key of secret members; default: beside the database");
  app.add_option("--audit-retention", audit_retention,
                 "How long changes are kept: the audit log, histories of objects, ?at= (500ms 90s 10m 72h 30d)")
      ->capture_default_str();
  add_provisioner_flags(app, options, provisioner_ca_file);
  app.add_option("--port-file", options.port_file, "Write the port that is listened on to this file, once ready");
  app.add_option("--log-level", level, "debug, info, warn or error")->capture_default_str();
  app.add_flag("--log-json", json_log, "Log lines as JSON");
  CLI11_PARSE(app, argc, argv);

  auto parsed = base::log::parse_level(level);
  if (!parsed) return fail(parsed.error());
  if (auto read = read_http_flags(http_flags, options.http); !read) return fail(read.error());
  if (auto read = read_provisioner_flags(provisioner_ca_file, options); !read) return fail(read.error());
  base::log::configure({.level = *parsed, .format = json_log ? base::log::Format::json : base::log::Format::text});
  auto retention = base::parse_duration(audit_retention);
  if (!retention) return fail(std::move(retention).error().with_context("--audit-retention"));
  if (*retention <= base::Millis(0)) return fail(base::invalid("--audit-retention must be longer than 0s"));
  options.audit_retention = *retention;
  if (const char* key = std::getenv("ENCRYPTION_KEY")) options.encryption_key = key;
  if (const char* home = std::getenv("HOME")) options.home = home;

  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto daemon = Daemon::start(options);
  if (!daemon) return fail(daemon.error());
  wait_for_signal(signals);
  if ((*daemon)->stop()) return 0;
  // An attempt hangs in a call: its lease runs out by itself, and destroying what it uses is no option.
  base::log::warn("ending although an attempt hangs");
  std::fflush(nullptr);
  std::_Exit(0);
}
