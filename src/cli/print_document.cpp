#include "cli/print_document.h"

#include "base/yaml.h"

namespace threeport::cli {

void print_document(Output& output, const json::Value& value, Format format) {
  std::string text = format == Format::json ? json::dump_pretty(value) : base::yaml::dump(value);
  while (text.ends_with('\n')) text.pop_back();
  output.line(text);
}

}  // namespace threeport::cli
