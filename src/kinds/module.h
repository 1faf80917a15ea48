// ModuleApi and ModuleApiRoute: APIs that extend this one.
#pragma once

#include <array>

#include "kinds/groups.h"

namespace threeport::kinds {

struct ModuleApi {
  static constexpr KindInfo kind{.name = "ModuleApi",
                                 .path = "module-apis",
                                 .alias = "",
                                 .doc = "An API server that extends this one.",
                                 .unique_name = true};
  ObjectMeta meta;
  std::string name, endpoint;

  static constexpr auto fields() {
    using Self = ModuleApi;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "Unique name.", required | filter | column),
                   field<&Self::endpoint>("Endpoint", "host or host:port that requests are passed on to.",
                                          required | filter | column),
                   relation("ModuleApiRoutes", "ModuleApiRoute", "ModuleApiID")});
  }
};

struct ModuleApiRoute {
  static constexpr std::array<std::string_view, 1> kIdentity{"Path"};
  static constexpr KindInfo kind{.name = "ModuleApiRoute",
                                 .path = "module-api-routes",
                                 .alias = "",
                                 .doc = "A path whose requests go to a module.",
                                 .identity = kIdentity};
  ObjectMeta meta;
  std::string path;
  Ref<ModuleApi> module_api;

  static constexpr auto fields() {
    using Self = ModuleApiRoute;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::path>("Path", "First segments of the paths.", required | filter | column),
                   field<&Self::module_api>("ModuleApiID", "The module that answers.",
                                            required | filter | enforced | column | restricts)});
  }
};

}  // namespace threeport::kinds
