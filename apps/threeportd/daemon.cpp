#include "apps/threeportd/daemon.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <utility>

#include "apiserver/api_server.h"
#include "apps/threeportd/encryption_key.h"
#include "apps/threeportd/engine_metrics.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/guarded.h"
#include "base/log.h"
#include "controllers/all.h"
#include "controllers/dependency/system.h"
#include "controllers/explain/routes.h"
#include "controllers/workload/routes.h"
#include "http/certificates.h"
#include "kinds/registry.h"
#include "reconcile/engine.h"
#include "store/purger.h"

namespace threeport {
namespace {

constexpr std::string_view kInstallation = "installation_uid";

base::Result<std::pair<std::string, std::uint16_t>> parse_listen(const std::string& text, bool auth_enabled) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* begin = text.data() + (colon == std::string::npos ? text.size() : colon + 1);
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(begin, end, port);
  if (begin == end || failure != std::errc{} || stop != end)
    return base::invalid("--listen must be HOST:PORT, not \"" + text + "\"");
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  const bool loopback = host.starts_with("127.") || host == "::1";
  if (!auth_enabled && !loopback) {
    return base::invalid("--listen " + text +
                         ": without authentication the server listens on loopback only, such as 127.0.0.1:1323");
  }
  return std::pair(host, port);
}

/// TLS as the options want it. Error `invalid`: a file is missing, and how to make it.
base::Result<http::ServerOptions> http_options(const DaemonOptions& options, std::string host, std::uint16_t port) {
  http::ServerOptions out = options.http;
  out.host = std::move(host);
  out.port = port;
  if (!options.auth_enabled) {
    out.certificate_file = out.key_file = out.client_ca_file = "";
    return out;
  }
  const std::array<std::pair<std::string_view, const std::string*>, 3> files{
      {{"--tls-certificate-file", &out.certificate_file},
       {"--tls-key-file", &out.key_file},
       {"--client-ca-file", &out.client_ca_file}}};
  for (const auto& [flag, path] : files) {
    std::error_code failure;
    if (std::filesystem::exists(*path, failure)) continue;
    return base::invalid(std::string(flag) + ": there is no file " + *path +
                         "; `tptctl certificates --folder FOLDER --host NAME` makes certificates and shows the flags, "
                         "`tptctl up` does all of it for a control plane on this machine, and --auth-enabled=false "
                         "serves loopback without authentication");
  }
  return out;
}

/// The log says so while there is time to renew it.
void warn_of_its_end(const std::string& certificate_file, base::Clock& clock) {
  constexpr std::chrono::hours kNotice{24 * 30};
  const auto text = base::read_file(certificate_file);
  const auto facts = http::read_certificate_facts(text ? *text : "");
  if (!facts || facts->until > clock.now() + kNotice) return;
  base::log::warn("the certificate of this server ends soon or has ended: renew it and restart",
                  {{"file", certificate_file}, {"until", base::format_time(facts->until)}});
}

base::Result<std::string> installation_uid(store::Store& store) {
  TP_TRY(const auto known, store.meta(kInstallation));
  if (known) return *known;
  TP_CHECK(store.set_meta(kInstallation, base::uuid4()));
  TP_TRY(const auto made, store.meta(kInstallation));  // of whoever was first
  return made.value_or("");
}

base::Result<void> check_roles(const std::vector<std::string>& roles) {
  for (const std::string& role : roles) {
    if (role != "api" && role != "controllers")
      return base::invalid("--roles: there is no role \"" + role + "\"; there are api and controllers");
  }
  if (roles.empty()) return base::invalid("--roles must name api, controllers, or both");
  return {};
}

/// SQLite does not make the folder of a new database.
base::Result<void> make_database_folder(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite://";
  if (!url.starts_with(kSqlite)) return {};
  const auto folder = std::filesystem::path(url.substr(kSqlite.size())).parent_path();
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    return base::denied("cannot make the folder " + folder.string() + " of the database: " + failure.message());
  return {};
}

class RunningDaemon final : public Daemon {
 public:
  RunningDaemon(std::unique_ptr<store::Store> store, base::Keyring keyring, std::string uid)
      : registry_(kinds::all()),
        keyring_(std::move(keyring)),
        uid_(std::move(uid)),
        store_(std::move(store)),
        objects_(*store_, registry_, keyring_, base::system_clock()),
        random_(seed()),
        clusters_({.installation_uid = uid_,
                   .notify = [this](const std::string& topic) { notify(topic); },
                   .clock = &base::system_clock()}),
        routes_(objects_, clusters_),
        explanations_(objects_, clusters_),
        server_(objects_, std::string(kVersion)) {}

  base::Result<void> run(const DaemonOptions& options, const http::ServerOptions& http) {
    const auto has = [&](std::string_view role) {
      return std::find(options.roles.begin(), options.roles.end(), role) != options.roles.end();
    };
    controllers::add_hooks(objects_);
    apiserver::add_token_rules(objects_);
    server_.add_ready_check([this] { return store_->ping(); });
    if (has("api")) {
      routes_.add_to(server_);
      explanations_.add_to(server_);
      controllers::add_left_behind(server_.rest());
      server_.serve_modules({});
    } else {
      server_.serve_health_only();
    }
    if (has("controllers")) {
      TP_CHECK(controllers::dependency::ensure_system_profiles(objects_));
      reconcile::EngineOptions engine;
      // An embedded database belongs to one process at a time, so whoever opens it goes on with the leases of the one
      // before, also of one that was killed. Replicas wait until the leases of a dead one run out.
      engine.owner = store_->name() == "sqlite" ? uid_ : uid_.substr(0, 8) + "/" + base::uuid4();
      engine.installation_uid = uid_;
      engine.lane_slots = 8;
      engine_ = std::make_unique<reconcile::Engine>(
          objects_, base::system_clock(), random_, std::move(engine),
          controllers::all(clusters_, providers::provisioner::open_live(options.provisioners)));
      server_.add_metrics([this](std::string& out) { append_engine_metrics(out, engine_->metrics()); });
    }
    store_->on_commit([this] {
      hinting_.with([this](bool& on) {
        if (!on) return;
        server_.hub().hint();
        if (engine_) engine_->hint();
      });
    });
    if (options.auth_enabled) {
      server_.require_authentication();
      warn_of_its_end(http.certificate_file, base::system_clock());
    }
    if (auto made = store_->ensure_views(registry_); !made)
      base::log::warn("the SQL views are not as they should be", {{"error", made.error()}});
    TP_CHECK(server_.start(http));
    if (engine_) TP_CHECK(engine_->start());
    engine_runs_.store(engine_ != nullptr);
    purger_ = std::make_unique<store::Purger>(*store_, base::system_clock(),
                                              store::Retention{.changes = options.audit_retention});
    purger_->start();
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override { return server_.port(); }

  bool stop() override {
    purger_.reset();
    engine_runs_.store(false);
    routes_.stop();
    explanations_.stop();
    server_.stop();
    const bool stopped = !engine_ || engine_->stop();
    hinting_.with([](bool& on) { on = false; });  // the committer may still be on its way to tell of the last batch
    return stopped;
  }

 private:
  static std::uint64_t seed() {
    std::uint64_t out = 0;
    for (const char c : base::random_bytes(8)) out = out << 8 | static_cast<unsigned char>(c);
    return out;
  }
  void notify(const std::string& topic) {
    if (engine_runs_.load()) engine_->notify(topic);
  }

  schema::Registry registry_;
  base::Keyring keyring_;
  std::string uid_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Purger> purger_;
  apiserver::Objects objects_;
  reconcile::Random random_;
  base::Guarded<bool> hinting_{true};
  std::atomic<bool> engine_runs_{false};
  std::unique_ptr<reconcile::Engine> engine_;  // outlives the clusters' watch threads, which notify it
  applyset::Clusters clusters_;
  controllers::workload::Routes routes_;
  controllers::explain::Routes explanations_;
  apiserver::ApiServer server_;
};

}  // namespace

base::Result<std::unique_ptr<Daemon>> Daemon::start(const DaemonOptions& options) {
  TP_CHECK(check_roles(options.roles));
  TP_TRY(auto listen, parse_listen(options.listen, options.auth_enabled));
  TP_TRY(const auto http, http_options(options, std::move(listen.first), listen.second));
  TP_CHECK(make_database_folder(options.database));
  TP_TRY(auto store, store::open(options.database, base::system_clock()));
  TP_TRY(const std::string uid, installation_uid(*store));
  TP_TRY(base::Keyring keyring, open_keyring(options, *store, uid));
  const std::string database(store->name());
  auto daemon = std::make_unique<RunningDaemon>(std::move(store), std::move(keyring), uid);
  TP_CHECK(daemon->run(options, http));
  base::log::info("serving", {{"address", options.listen},
                              {"port", daemon->port()},
                              {"tls", options.auth_enabled},
                              {"database", database},
                              {"installation", uid},
                              {"version", kVersion}});
  if (!options.port_file.empty())
    TP_CHECK(base::write_file_atomically(options.port_file, std::to_string(daemon->port()) + "\n", 0644));
  return std::unique_ptr<Daemon>(std::move(daemon));
}

}  // namespace threeport
