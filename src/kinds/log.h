// Log backends and log storage of the v0 catalogue.
#pragma once

#include "kinds/groups.h"

namespace threeport::kinds {

struct LogBackend {
  static constexpr KindInfo kind{.name = "LogBackend",
                                 .path = "log-backends",
                                 .alias = "",
                                 .doc = "A place that logs can go to.",
                                 .unique_name = true};
  ObjectMeta meta;
  std::string name, destination;

  static constexpr auto fields() {
    using Self = LogBackend;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "Unique name.", required | filter | column),
                   field<&Self::destination>("Destination", "Where it is.", required | filter | column),
                   relation("LogStorageDefinitions", "LogStorageDefinition", "LogBackendID", association | filter)
                       .through("LogBackendStorage")});
  }
};

struct LogStorageDefinition {
  static constexpr KindInfo kind{.name = "LogStorageDefinition",
                                 .path = "log-storage-definitions",
                                 .alias = "",
                                 .doc = "Which backends store logs.",
                                 .unique_name = true};
  ObjectMeta meta;
  Definition definition;

  static constexpr auto fields() {
    using Self = LogStorageDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        std::tuple{relation("LogBackends", "LogBackend", "LogStorageDefinitionID", association | filter)
                       .through("LogBackendStorage"),
                   relation("LogStorageInstances", "LogStorageInstance", "LogStorageDefinitionID")});
  }
};

struct LogStorageInstance {
  static constexpr KindInfo kind{.name = "LogStorageInstance",
                                 .path = "log-storage-instances",
                                 .alias = "",
                                 .doc = "Log storage of a cluster.",
                                 .unique_name = true};
  ObjectMeta meta;
  Instance instance;
  Ref<LogStorageDefinition> log_storage_definition;
  std::optional<std::uint64_t> cluster;

  static constexpr auto fields() {
    using Self = LogStorageInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        std::tuple{field<&Self::log_storage_definition>("LogStorageDefinitionID", "Which backends it uses.",
                                                        association | enforced | restricts | column),
                   field<&Self::cluster>("ClusterID", "Kept for v0 clients; nothing reads it.", association)});
  }
};

/// One row for each backend of a log storage definition.
struct LogBackendStorage {
  static constexpr KindInfo kind{.name = "LogBackendStorage",
                                 .path = "log-backend-storages",
                                 .alias = "",
                                 .doc = "Ties a log storage definition to one of its backends.",
                                 .routed = false};
  ObjectMeta meta;
  Ref<LogBackend> log_backend;
  Ref<LogStorageDefinition> log_storage_definition;

  static constexpr auto fields() {
    using Self = LogBackendStorage;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::log_backend>("LogBackendID", "The backend.", required | enforced | owner),
                   field<&Self::log_storage_definition>("LogStorageDefinitionID", "The definition that uses it.",
                                                        required | enforced | owner)});
  }
};

}  // namespace threeport::kinds
