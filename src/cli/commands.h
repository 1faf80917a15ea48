// The commands of tptctl. Each returns its exit code, or an Error that run() prints and turns into one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/session.h"

namespace threeport::cli {

enum class Format { table, wide, json, yaml, name };

struct ApplyOptions {
  std::vector<std::string> files;
  std::string name;
  std::string environment;
  std::vector<std::string> images;   ///< of containers of Score files
  bool create_only = false;          ///< `create`: an object that exists already is an error
  std::string only_kind;             ///< `create KIND`: the documents must be of that kind
  std::optional<std::int64_t> plan;  ///< applies this one, without files
  std::optional<base::Millis> wait;
};
base::Result<int> apply(Session& session, const ApplyOptions& options);

struct PlanOptions {
  std::vector<std::string> files;
  std::string name;
  std::string environment;
  std::vector<std::string> images;
  Format format = Format::table;
};
/// What apply would do, kept by the control plane so that `apply --plan` does exactly that.
base::Result<int> plan(Session& session, const PlanOptions& options);

struct GetOptions {
  Target target;
  Format format = Format::table;
  std::string at = {};  ///< a time or a sequence number: one object as it was then
};
base::Result<int> get(Session& session, const GetOptions& options);

struct DescribeOptions {
  Target target;
  std::optional<Format> format;  ///< else for people
  std::string field;             ///< prints one member, decrypted
  std::string file;              ///< names the object by its document
};
base::Result<int> describe(Session& session, const DescribeOptions& options);

base::Result<int> events(Session& session, const Target& target, Format format);

struct LogsOptions {
  Target target;
  std::string container;
  bool follow = false, previous = false;
  std::optional<std::int64_t> tail;
};
base::Result<int> logs(Session& session, const LogsOptions& options);

struct HistoryOptions {
  Target target;
  Format format = Format::table;
};
base::Result<int> history(Session& session, const HistoryOptions& options);

struct RollbackOptions {
  Target target;
  std::optional<std::int64_t> to;
  std::optional<base::Millis> wait;
};
base::Result<int> rollback(Session& session, const RollbackOptions& options);

struct DeleteOptions {
  Target target;                   ///< either this
  std::vector<std::string> files;  ///< or these
  std::string name;                ///< of the workload of plain manifests
  bool abandon = false, cascade = false;
  std::optional<base::Millis> wait = base::Millis(300'000);
};
base::Result<int> remove(Session& session, const DeleteOptions& options);

struct WatchOptions {
  Target target;
  Format format = Format::table;
};
/// Runs until the object is deleted, or for ever.
base::Result<int> watch(Session& session, const WatchOptions& options);

struct UpOptions {
  std::string name = "local";
  std::string kubeconfig, context;
  std::string provider = "kubeconfig";  ///< of that cluster
  bool debug = false;                   ///< the server logs everything
  std::string listen;                   ///< host:port; empty: loopback, first free port from 1323
  bool auth_enabled = true;
  std::vector<std::string> hosts;  ///< further ones for the server's certificate
};
base::Result<int> up(Session& session, const UpOptions& options);

struct DownOptions {
  std::string name = "local";
  bool purge = false;
};
base::Result<int> down(Session& session, const DownOptions& options);

/// Prints the current control plane, or makes `name` the current one.
base::Result<int> config_current_control_plane(Session& session, const std::string& name);
base::Result<int> config_get_control_planes(Session& session, Format format);
base::Result<int> version(Session& session);
/// The completion script of bash, zsh or fish. Error `invalid`: another shell.
base::Result<int> completion(Session& session, const std::string& shell);

}  // namespace threeport::cli
