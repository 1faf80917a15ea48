#include "cli/source_files.h"

#include <algorithm>
#include <iterator>

#include "base/file.h"
#include "base/utf8.h"
#include "base/yaml.h"

namespace threeport::cli {

namespace {

using base::Result;

struct Piece {
  std::size_t first_line = 1, last_line = 1;
  std::string_view text;
};

/// `---` at the start of a line begins a document wherever it stands: no scalar may hold it there (YAML 1.2, 9.1.2).
bool is_marker(std::string_view line) {
  return line.starts_with("---") &&
         (line.size() == 3 || std::string_view(" \t\r\n").find(line[3]) != std::string_view::npos);
}

std::vector<Piece> split(std::string_view text) {
  std::vector<Piece> out;
  std::size_t start = 0, first_line = 1, line = 1, offset = 0;
  while (offset < text.size()) {
    const std::size_t end = std::min(text.find('\n', offset), text.size() - 1) + 1;
    if (is_marker(text.substr(offset, end - offset)) && offset > start) {
      out.push_back({first_line, line - 1, text.substr(start, offset - start)});
      start = offset;
      first_line = line;
    }
    offset = end;
    ++line;
  }
  out.push_back({first_line, line, text.substr(start)});
  return out;
}

Result<SourceFile> parse(SourceFile file) {
  file.text = base::to_utf8(std::move(file.text));
  auto documents = base::yaml::parse_documents_with_lines(file.text);
  if (!documents) return std::move(documents).error().with_context(file.name);
  const std::vector<Piece> pieces = split(file.text);
  const auto piece_of = [&](std::size_t line) {
    return std::find_if(pieces.begin(), pieces.end(), [&](const Piece& piece) { return line <= piece.last_line; });
  };
  for (auto& document : *documents) {
    const auto piece = piece_of(document.line);
    // JSON texts one after the other, and what follows `...`, share a piece: these are written anew.
    const auto shares = std::count_if(documents->begin(), documents->end(),
                                      [&](const auto& other) { return piece_of(other.line) == piece; });
    std::string text =
        shares == 1 && piece != pieces.end() ? std::string(piece->text) : base::yaml::dump(document.value);
    file.documents.push_back({std::move(document.value), document.line, std::move(text)});
  }
  return file;
}

Result<std::vector<SourceFile>> read_folder(const std::string& argument, const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code failed;
  for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) continue;
    const std::string extension = it->path().extension().string();
    if (extension == ".yaml" || extension == ".yml" || extension == ".json") paths.push_back(it->path());
  }
  if (failed) return base::system_error(failed.value(), "read the folder " + argument);
  if (paths.empty()) return base::invalid(argument + " has no *.yaml, *.yml or *.json files");
  std::sort(paths.begin(), paths.end());
  std::vector<SourceFile> out;
  for (const auto& path : paths) {
    TP_TRY(std::string text, base::read_file(path));
    const std::string name = (std::filesystem::path(argument) / path.filename()).string();
    TP_TRY(SourceFile file, parse({name, path, folder, std::move(text), {}}));
    out.push_back(std::move(file));
  }
  return out;
}

/// Where in the line `key` stands as a key: behind nothing but indentation, dashes and opening signs, before a colon.
std::size_t find_key(std::string_view line, std::string_view key) {
  for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
    if (at > 0 && std::string_view(" \t-{,[\"'").find(line[at - 1]) == std::string_view::npos) continue;
    std::size_t after = at + key.size();
    if (after < line.size() && (line[after] == '"' || line[after] == '\'')) ++after;
    after = line.find_first_not_of(' ', after);
    if (after != std::string_view::npos && line[after] == ':') return at;
  }
  return std::string_view::npos;
}

}  // namespace

Result<std::vector<SourceFile>> read_sources(const std::string& argument, const Environment& environment) {
  if (argument == "-") {
    std::string text{std::istreambuf_iterator<char>(environment.in), {}};
    TP_TRY(SourceFile file, parse({"stdin", {}, environment.working_directory, std::move(text), {}}));
    return std::vector{std::move(file)};
  }
  const std::filesystem::path path = environment.working_directory / argument;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return read_folder(argument, path);
  auto text = base::read_file(path);
  if (!text) return std::move(text).error();
  TP_TRY(SourceFile file, parse({argument, path, path.parent_path(), std::move(*text), {}}));
  return std::vector{std::move(file)};
}

std::string place_of(const SourceFile& file, const SourceDocument& document, std::string_view key,
                     std::string_view above) {
  const std::string_view text = file.text;
  std::string out = file.name + ": line " + std::to_string(document.line);
  bool is_behind = above.empty();
  std::size_t offset = 0;
  for (std::size_t line = 1; offset < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', offset), text.size());
    const std::string_view content = text.substr(offset, end - offset);
    offset = end + 1;
    if (line < document.line || key.empty()) continue;
    std::size_t start = 0;
    if (!is_behind) {
      const std::size_t found = find_key(content, above);
      if (found == std::string_view::npos) continue;
      is_behind = true;
      start = found + above.size();
      out = file.name + ": line " + std::to_string(line);
    }
    const std::size_t column = find_key(content.substr(start), key);
    if (column != std::string_view::npos) {
      return file.name + ": line " + std::to_string(line) + ", column " + std::to_string(start + column + 1);
    }
  }
  return out;
}

}  // namespace threeport::cli
