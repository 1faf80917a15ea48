// A Score file on its way to the control plane: complete in itself, with the images of this delivery.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::cli {

class ScoreFile {
 public:
  /// Checks the document and inlines the files that its `source` members name, relative to `folder`: texts as content,
  /// others as binaryContent. Errors: of score::parse; those of a file, with the path of the member that names it.
  static base::Result<ScoreFile> read(const json::Value& value, std::string_view text,
                                      const std::filesystem::path& folder);

  [[nodiscard]] const std::string& workload() const { return workload_; }
  [[nodiscard]] std::vector<std::string> containers() const;
  /// Precondition: it has that container.
  void set_image(std::string_view container, std::string_view reference);
  /// As it was written, comments included, where nothing of it had to change.
  [[nodiscard]] std::string text() const;

 private:
  ScoreFile(json::Value value, std::string_view text) : value_(std::move(value)), written_(text) {}
  /// True if there was something to inline.
  base::Result<bool> inline_sources(const std::filesystem::path& folder);

  json::Value value_;
  std::string written_, workload_;
  bool is_changed_ = false;
};

/// The member of a Workload that holds a Score file.
inline constexpr std::string_view kScoreDocument = "ScoreDocument";
/// The text of the Score file at `path`, with what its sources name. Errors as ScoreFile::read, after the path.
base::Result<std::string> complete_score_file(const std::filesystem::path& path, std::string_view text);

/// Gives containers the images of `--image [WORKLOAD/]CONTAINER=REFERENCE`; the workload may be left out where there is
/// one Score file. Error `invalid` names the option and what there is.
base::Result<void> set_images(const std::vector<std::string>& options, std::vector<ScoreFile>& files);

}  // namespace threeport::cli
