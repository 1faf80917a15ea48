#include "cli/aws_profile.h"

#include <map>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using base::Result;
using Section = std::map<std::string, std::string, std::less<>>;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r";
  const std::size_t first = text.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

/// A comment behind white space ends a value.
std::string_view without_comment(std::string_view value) {
  for (const std::string_view mark : {" #", " ;", "\t#", "\t;"}) value = value.substr(0, value.find(mark));
  return trim(value);
}

/// Sections by their head. Indented lines belong to the setting above them, and are not read.
std::map<std::string, Section, std::less<>> parse_ini(std::string_view text) {
  std::map<std::string, Section, std::less<>> out;
  Section* section = nullptr;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view raw = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      section = &out[std::string(trim(line.substr(1, line.find(']') - 1)))];
    } else if (const std::size_t equals = line.find('=');
               section != nullptr && equals != std::string_view::npos && raw.front() != ' ' && raw.front() != '\t') {
      (*section)[base::lower(trim(line.substr(0, equals)))] = without_comment(line.substr(equals + 1));
    }
  }
  return out;
}

/// The section of the profile, whose head is its name or "profile <name>".
Result<Section> read_section(const std::filesystem::path& path, std::string_view profile) {
  TP_TRY(const std::string text, base::read_file(path));
  const auto sections = parse_ini(text);
  std::vector<std::string> names;
  for (const auto& [head, section] : sections) {
    constexpr std::string_view kPrefix = "profile ";
    names.emplace_back(head.starts_with(kPrefix) ? trim(std::string_view(head).substr(kPrefix.size())) : head);
    if (names.back() == profile) return section;
  }
  return base::invalid(path.string() + " has no profile \"" + std::string(profile) + "\"" +
                       did_you_mean(profile, names) +
                       (names.empty() ? "" : " (it has " + base::join(names, ", ") + ")"));
}

Result<std::string> setting(const Section& section, std::string_view key, const std::filesystem::path& path,
                            std::string_view profile) {
  const auto found = section.find(key);
  if (found != section.end() && !found->second.empty()) return found->second;
  return base::invalid(path.string() + ": profile " + std::string(profile) + " lacks " + std::string(key) +
                       "; add it, or write DefaultRegion, AccessKeyID and SecretAccessKey instead of the profile");
}

}  // namespace

Result<AwsProfile> read_aws_profile(const std::filesystem::path& config, const std::filesystem::path& credentials,
                                    std::string_view profile) {
  TP_TRY(const Section settings, read_section(config, profile));
  TP_TRY(const Section keys, read_section(credentials, profile));
  if (keys.contains("aws_session_token")) {
    return base::invalid(credentials.string() + ": profile " + std::string(profile) +
                         " has temporary keys (aws_session_token), which end within hours; name a profile with keys of "
                         "an IAM user, or use RoleArn");
  }
  AwsProfile out{.region = {}, .access_key_id = {}, .secret_access_key = {}};
  TP_TRY(out.region, setting(settings, "region", config, profile));
  TP_TRY(out.access_key_id, setting(keys, "aws_access_key_id", credentials, profile));
  TP_TRY(std::string secret, setting(keys, "aws_secret_access_key", credentials, profile));
  out.secret_access_key = base::Secret(std::move(secret));
  return out;
}

}  // namespace threeport::cli
