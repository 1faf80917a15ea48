// One run of tptctl: what every command needs, opened when it is first used.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config.h"
#include "cli/environment.h"
#include "cli/output.h"
#include "cli/vocabulary.h"

namespace threeport::cli {

/// Options of every command.
struct GlobalOptions {
  std::string config_path;         ///< --threeport-config
  std::string state_folder;        ///< --provider-config
  std::string control_plane_name;  ///< -i
  std::string token = {};          ///< --token
};

/// KIND [NAME] as typed.
struct Target {
  std::string kind, name;
  std::string environment = {};  ///< --environment
};

/// Exit codes that no ErrorKind stands for.
inline constexpr int kTimedOut = 8;
inline constexpr int kFailed = 9;

class Session {
 public:
  Session(const Environment& environment, const GlobalOptions& options);

  const Environment& environment() { return environment_; }
  Output& output() { return output_; }
  const Vocabulary& vocabulary() { return vocabulary_; }
  const schema::Registry& registry() { return environment_.registry; }

  /// --threeport-config, else THREEPORT_CONFIG, else ~/.threeport/config.yaml.
  [[nodiscard]] std::filesystem::path config_path() const;
  /// Where local control planes keep their files: --provider-config, else ~/.threeport.
  [[nodiscard]] std::filesystem::path state_folder() const;
  base::Result<Config> config() { return Config::load(config_path()); }
  /// The API of the chosen control plane, with the token of --token, else THREEPORT_TOKEN, else the credentials of the
  /// configuration file. The pointer lives as long as the session.
  base::Result<client::Api*> api();
  /// The environment that a command is for: as asked, else CurrentEnvironment of the configuration file, else "".
  /// Errors: of config().
  base::Result<std::string> environment(const std::string& asked);
  /// The object that `KIND NAME` means. Kinds without Name, and names that nothing has, may be given as an id, or as
  /// the Identity that some have. Of a combined subject it is the instance of that name, else the only instance of the
  /// definition of that name; in an environment `workload NAME` is the instance NAME-ENVIRONMENT (shapes A.8). Errors:
  /// `not_found` with names that are near; `conflict`: several of them; `invalid`: an environment was asked for with
  /// another kind.
  base::Result<client::Object> find(const Subject& subject, const Target& target);
  /// The control plane whose API was opened, for messages.
  [[nodiscard]] const std::optional<ControlPlane>& control_plane() const { return control_plane_; }

 private:
  /// "": none is given.
  [[nodiscard]] std::string token() const;

  const Environment& environment_;
  const GlobalOptions options_;
  Output output_;
  Vocabulary vocabulary_;
  std::optional<ControlPlane> control_plane_;
  std::unique_ptr<client::Api> api_;
};

/// Names of referenced objects; each is read once.
class ReferenceNames {
 public:
  ReferenceNames(client::Api& api, const schema::Registry& registry) : api_(api), registry_(registry) {}
  /// Reads the names that the rows' references need, at most one list or a few objects a kind.
  base::Result<void> load(const std::vector<const schema::FieldDescriptor*>& fields,
                          const std::vector<client::Object>& rows);
  /// The name, of a revision its number, or the id as text where there is none.
  base::Result<std::string> name(std::string_view kind, client::ObjectId id);

 private:
  client::Api& api_;
  const schema::Registry& registry_;
  std::map<std::pair<std::string, client::ObjectId>, std::string> names_;
};

/// Why a revision was made, as a sentence: "Rollback to revision 2 by anonymous". `cause` as shapes A.4 has it.
std::string cause_text(const json::Value& cause);

/// Whether the control plane has no such route, rather than no such object: the bare answer of its router.
bool is_no_route(const base::Error& error);

/// A member as a cell: references by name, causes as a sentence, times as they are, nothing for null.
base::Result<std::string> cell(const schema::FieldDescriptor& field, const json::Value& value, ReferenceNames& names);

}  // namespace threeport::cli
