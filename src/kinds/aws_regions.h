// Locations of the v0 catalogue and the AWS regions that stand for them (v0-behaviour 9).
#pragma once

#include <array>
#include <string_view>

namespace threeport::kinds {

struct AwsRegion {
  std::string_view location, region;
};

/// Each location once. `Local` has the region of NorthAmerica:NewYork, and is the last row.
inline constexpr std::array<AwsRegion, 28> kAwsRegions{{{"NorthAmerica:NewYork", "us-east-1"},
                                                        {"NorthAmerica:Chicago", "us-east-2"},
                                                        {"NorthAmerica:LosAngeles", "us-west-1"},
                                                        {"NorthAmerica:Seattle", "us-west-2"},
                                                        {"NorthAmerica:Toronto", "ca-central-1"},
                                                        {"Asia:HongKong", "ap-east-1"},
                                                        {"Asia:Hyderabad", "ap-south-2"},
                                                        {"Asia:Jakarta", "ap-southeast-3"},
                                                        {"Asia:Mumbai", "ap-south-1"},
                                                        {"Asia:Osaka", "ap-northeast-3"},
                                                        {"Asia:Seoul", "ap-northeast-2"},
                                                        {"Asia:Singapore", "ap-southeast-1"},
                                                        {"Asia:Tokyo", "ap-northeast-1"},
                                                        {"Asia:Manama", "me-south-1"},
                                                        {"Asia:Dubai", "me-central-1"},
                                                        {"Oceana:Sydney", "ap-southeast-2"},
                                                        {"Oceana:Melbourne", "ap-southeast-4"},
                                                        {"Europe:Frankfurt", "eu-central-1"},
                                                        {"Europe:Dublin", "eu-west-1"},
                                                        {"Europe:London", "eu-west-2"},
                                                        {"Europe:Milan", "eu-south-1"},
                                                        {"Europe:Paris", "eu-west-3"},
                                                        {"Europe:Madrid", "eu-south-2"},
                                                        {"Europe:Stockholm", "eu-north-1"},
                                                        {"Europe:Zurich", "eu-central-2"},
                                                        {"SouthAmerica:SaoPaulo", "sa-east-1"},
                                                        {"Africa:CapeTown", "af-south-1"},
                                                        {"Local", "us-east-1"}}};

}  // namespace threeport::kinds
