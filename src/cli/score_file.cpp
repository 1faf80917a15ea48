#include "cli/score_file.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "cli/suggestion.h"
#include "score/document.h"

namespace threeport::cli {

namespace {

using base::Result;

/// `file` is an element of `files`; true if its source was inlined.
Result<bool> inline_source(json::Value& file, const std::string& path, const std::filesystem::path& folder) {
  const json::Value* source = file.find("source");
  if (source == nullptr) return false;
  auto bytes = base::read_file(folder / std::string(source->text()));
  if (!bytes) return std::move(bytes).error().with_context(path + ".source");
  const bool is_text = base::find_invalid_utf8(*bytes) == std::string::npos;
  file.as_object().erase("source");
  file[is_text ? "content" : "binaryContent"] = is_text ? *std::move(bytes) : base::base64_encode(*bytes);
  return true;
}

/// What --image says.
struct ImageChoice {
  std::string option;
  std::string workload;  ///< "": the only one
  std::string container, reference;
};

Result<ImageChoice> parse_image(const std::string& option) {
  const std::size_t equals = option.find('=');
  std::string target = option.substr(0, equals);
  ImageChoice out{.option = "--image " + option, .workload = {}, .container = {}, .reference = {}};
  if (equals != std::string::npos) out.reference = option.substr(equals + 1);
  if (const std::size_t slash = target.find('/'); slash != std::string::npos) {
    out.workload = target.substr(0, slash);
    target.erase(0, slash + 1);
  }
  out.container = std::move(target);
  if (out.container.empty() || out.reference.empty()) {
    return base::invalid(out.option + " must be CONTAINER=REFERENCE or WORKLOAD/CONTAINER=REFERENCE, such as " +
                         "web=registry.example/web:1.4");
  }
  return out;
}

Result<ScoreFile*> file_for(const ImageChoice& choice, std::vector<ScoreFile>& files) {
  if (files.empty()) return base::invalid(choice.option + ": images are of Score files, and none is given");
  if (choice.workload.empty() && files.size() == 1) return files.data();
  std::vector<std::string> names;
  for (ScoreFile& file : files) {
    if (!choice.workload.empty() && file.workload() == choice.workload) return &file;
    names.push_back(file.workload());
  }
  if (!choice.workload.empty()) {
    return base::invalid(choice.option + ": no Score file has the workload \"" + choice.workload + "\"; they have " +
                         base::join(names, ", "));
  }
  return base::invalid(choice.option + ": say whose container it is, since there are several Score files: --image " +
                       names.front() + "/" + choice.container + "=" + choice.reference +
                       " (workloads: " + base::join(names, ", ") + ")");
}

}  // namespace

Result<ScoreFile> ScoreFile::read(const json::Value& value, std::string_view text,
                                  const std::filesystem::path& folder) {
  TP_TRY(const score::Workload workload, score::parse(text));
  ScoreFile out(value, text);
  out.workload_ = workload.name;
  TP_TRY(out.is_changed_, out.inline_sources(folder));
  // What was inlined has placeholders too.
  if (out.is_changed_) TP_CHECK(score::parse(out.text()));
  return out;
}

Result<bool> ScoreFile::inline_sources(const std::filesystem::path& folder) {
  bool is_changed = false;
  for (json::Member& container : value_["containers"].as_object()) {
    if (container.value.find("files") == nullptr) continue;
    json::Value& files = container.value["files"];
    const std::string path = "containers." + container.key + ".files[";
    const auto take = [&](json::Value& file, const std::string& name) -> Result<void> {
      TP_TRY(const bool is_inlined, inline_source(file, path + name + "]", folder));
      is_changed = is_changed || is_inlined;
      return {};
    };
    if (json::Array* list = files.if_array()) {
      for (std::size_t i = 0; i < list->size(); ++i) TP_CHECK(take((*list)[i], std::to_string(i)));
    } else {
      for (json::Member& file : files.as_object()) TP_CHECK(take(file.value, json::dump(file.key)));
    }
  }
  return is_changed;
}

std::vector<std::string> ScoreFile::containers() const {
  std::vector<std::string> out;
  for (const json::Member& container : value_.at("containers").as_object()) out.push_back(container.key);
  return out;
}

void ScoreFile::set_image(std::string_view container, std::string_view reference) {
  value_["containers"][container]["image"] = reference;
  is_changed_ = true;
}

std::string ScoreFile::text() const { return is_changed_ ? base::yaml::dump(value_) : written_; }

Result<std::string> complete_score_file(const std::filesystem::path& path, std::string_view text) {
  auto value = base::yaml::parse_document(text);
  if (!value) return std::move(value).error().with_context(path.string());
  auto file = ScoreFile::read(*value, text, path.parent_path());
  if (!file) return std::move(file).error().with_context(path.string());
  return file->text();
}

Result<void> set_images(const std::vector<std::string>& options, std::vector<ScoreFile>& files) {
  for (const std::string& option : options) {
    TP_TRY(const ImageChoice choice, parse_image(option));
    TP_TRY(ScoreFile* const file, file_for(choice, files));
    const std::vector<std::string> containers = file->containers();
    if (std::find(containers.begin(), containers.end(), choice.container) == containers.end()) {
      return base::invalid(choice.option + ": workload " + file->workload() + " has no container \"" +
                           choice.container + "\"" + did_you_mean(choice.container, containers) + " (it has " +
                           base::join(containers, ", ") + ")");
    }
    file->set_image(choice.container, choice.reference);
  }
  return {};
}

}  // namespace threeport::cli
