// For tests and benchmarks: a folder that goes away with its owner.
#pragma once

#include <filesystem>
#include <string>

#include <stdlib.h>

#include "base/result.h"

namespace threeport::base {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "threeport-XXXXXX").string();
    TP_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace threeport::base
