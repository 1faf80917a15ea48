#include "dependencies/variant.h"

#include <gtest/gtest.h>

#include "dependencies/system_profiles.h"

namespace threeport::dependencies {
namespace {

Outputs params_of(const json::Object& values) {
  Outputs out;
  for (const json::Member& member : values) out[member.key] = {.value = member.value};
  return out;
}

TEST(Variant, SuitsTheParametersThatItsExpressionsDescribeAsAWhole) {
  const json::Value variant = json::Object{{"Matching", json::Object{{"path", "/a.*"}, {"port", "[0-9]+"}}}};
  EXPECT_TRUE(suits(variant, params_of({{"path", "/ab"}, {"port", 80}})));
  EXPECT_FALSE(suits(variant, params_of({{"path", "/ab"}, {"port", "web1"}})));
  EXPECT_FALSE(suits(variant, params_of({{"path", "/ab"}})));
  EXPECT_FALSE(suits(variant, params_of({{"path", "/a" + std::string(2000, 'b')}, {"port", 80}})));
  EXPECT_TRUE(suits(json::Object{{"Manifests", ""}}, {}));
}

TEST(Variant, AWrongExpressionIsToldWithItsPlace) {
  const auto checked = [](json::Value matching) {
    return check_variants(json::Array{json::Object{}, json::Object{{"Matching", std::move(matching)}}});
  };
  EXPECT_TRUE(checked(json::Object{{"path", "[^/]+"}}));
  EXPECT_EQ(checked(json::Object{{"path", "[^/"}}).error().message,
            "Params.Variants[1].Matching.path must be a regular expression");
  EXPECT_EQ(checked("path").error().message, "Params.Variants[1].Matching must be an object of parameter: expression");
}

/// Manifests of the system's profile `route` for a path.
std::string route_of(std::string_view path, std::string_view path_type) {
  const auto profiles = system_profiles();
  for (const json::Value& profile : *profiles) {
    if (profile.at("Type") != "route") continue;
    for (const json::Value& variant : profile.at("Params", "Variants").as_array()) {
      if (suits(variant, params_of({{"path", path}, {"pathType", path_type}})))
        return std::string(variant.at("Manifests").text());
    }
  }
  return "";
}

TEST(Variant, OfRouteIsARegularExpressionWhereThePathCanBeNoPrefix) {
  constexpr std::string_view kExpression = "type: RegularExpression";
  EXPECT_NE(route_of("/my/[^/]+/path", "PathPrefix").find(kExpression), std::string::npos);
  EXPECT_NE(route_of("/(a|b)", "PathPrefix").find(kExpression), std::string::npos);
  for (const char* plain : {"/", "/my/path", "/a-b_c.d~e/%20", "/a(b)*+,;=:@!$&'"}) {
    EXPECT_EQ(route_of(plain, "PathPrefix").find(kExpression), std::string::npos) << plain;
  }
  EXPECT_EQ(route_of("/my/[^/]+/path", "RegularExpression").find(kExpression), std::string::npos) << "as it was given";
}

}  // namespace
}  // namespace threeport::dependencies
