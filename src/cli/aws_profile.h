// Profiles of the AWS tools in their ini files
// (docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace threeport::cli {

struct AwsProfile {
  std::string region, access_key_id;
  base::Secret<std::string> secret_access_key;
};

/// The profile's region from the configuration file (`[profile x]`, `[default]`) and its keys from the credentials file
/// (`[x]`). Errors: of the files; `invalid` where the profile, its region or its keys are missing, or where the
/// keys are temporary. Blocks on the disk.
base::Result<AwsProfile> read_aws_profile(const std::filesystem::path& config, const std::filesystem::path& credentials,
                                          std::string_view profile);

}  // namespace threeport::cli
