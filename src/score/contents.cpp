#include "score/contents.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "base/utf8.h"
#include "score/reader.h"

namespace threeport::score {
namespace {

/// Values of a ConfigMap or a Secret together (ValidateConfigMap and ValidateSecret of Kubernetes).
constexpr std::size_t kMostBytes = 1u << 20;
constexpr std::size_t kHashLength = 10;
constexpr std::size_t kLongestInKey = 150;  // a key has at most 253 characters

/// Whether YAML and terminals show it as it is: UTF-8 without control characters but tabs and ends of lines.
bool is_plain_text(std::string_view bytes) {
  if (base::find_invalid_utf8(bytes) != std::string::npos) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool is_space = byte == '\t' || byte == '\n' || byte == '\r';
    // U+0080 to U+009F begin with C2.
    const bool is_c1 = byte == 0xC2 && static_cast<unsigned char>(bytes[i + 1]) < 0xA0;
    if ((byte < 0x20 && !is_space) || byte == 0x7F || is_c1) return false;
  }
  return true;
}

std::string short_hash(std::string_view digest) { return base::base32_encode(digest).substr(0, kHashLength); }

/// `<container>.<sort>.<text>`; the characters that keys cannot have become -, told apart by a hash.
std::string make_key(const Container& container, std::string_view sort, std::string_view text) {
  std::string plain;
  for (const char c : text.substr(0, kLongestInKey)) {
    const bool is_of_keys = (base::to_lower(c) >= 'a' && base::to_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
                            c == '_' || c == '.' || c == '-';
    plain += is_of_keys ? c : '-';
  }
  if (plain != text) plain += "-" + short_hash(base::sha256(text));
  return container.name + "." + std::string(sort) + "." + plain;
}

base::Result<> resolve_variables(const Container& container, const Lookup& lookup, Contents& out) {
  std::vector<ResolvedVariable>& made = out.variables[container.name];
  for (const auto& [name, text] : container.variables) {
    auto value = expand(std::string_view(text), lookup);
    if (!value) {
      return std::move(value).error().with_context(member_path("containers." + container.name + ".variables", name));
    }
    ResolvedVariable variable{.name = name, .value = std::move(value->text), .secret_key = {}};
    if (value->secret) {
      variable.secret_key = make_key(container, "variable", name);
      out.secret.add(variable.secret_key, variable.value);
    }
    made.push_back(std::move(variable));
  }
  std::sort(made.begin(), made.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return {};
}

base::Result<Expanded> content_of(const File& file, const Lookup& lookup) {
  if (file.binary_content) return Expanded{.text = *file.binary_content};
  if (file.content && file.no_expand) return Expanded{.text = *file.content};
  if (file.content) return expand(std::string_view(*file.content), lookup);
  return base::invalid("source " + *file.source + " must be inlined as content or binaryContent, as tptctl does");
}

base::Result<> resolve_files(const Container& container, const Lookup& lookup, Contents& out) {
  for (const File& file : container.files) {
    auto content = content_of(file, lookup);
    if (!content) {
      return std::move(content).error().with_context(
          member_path("containers." + container.name + ".files", file.target));
    }
    ResolvedFile resolved{.target = file.target,
                          .key = make_key(container, "file", std::string_view(file.target).substr(1)),
                          .secret = content->secret,
                          .mode = file.mode};
    (content->secret ? out.secret : out.config_map).add(resolved.key, std::move(content->text));
    out.files[container.name].push_back(std::move(resolved));
  }
  return {};
}

}  // namespace

std::string Bundle::name(std::string_view salt) const {
  json::Object data;
  for (const auto& [key, bytes] : data_) data.append(key, base::base64_encode(bytes));
  return workload_ + "-" + short_hash(base::sha256(json::dump(json::Array{std::string(salt), kind_, std::move(data)})));
}

base::Result<json::Value> Bundle::manifest(std::string_view salt, const json::Value& labels) const {
  json::Object data, binary;
  std::size_t total = 0;
  for (const auto& [key, bytes] : data_) {
    total += bytes.size();
    if (kind_ == "ConfigMap" && is_plain_text(bytes)) {
      data.append(key, bytes);
    } else {
      (kind_ == "ConfigMap" ? binary : data).append(key, base::base64_encode(bytes));
    }
  }
  if (total > kMostBytes) {
    return base::invalid("containers: the files " +
                         std::string(kind_ == "Secret" ? "and variables with secrets " : "") +
                         "of all containers have " + std::to_string(total) + " bytes, more than the 1048576 that a " +
                         kind_ + " holds; put large files into the image or a volume");
  }
  json::Value out = json::Object{
      {"apiVersion", "v1"}, {"kind", kind_}, {"metadata", json::Object{{"name", name(salt)}, {"labels", labels}}}};
  if (kind_ == "Secret") out["type"] = "Opaque";
  out["immutable"] = true;
  if (!data.empty()) out["data"] = std::move(data);
  if (!binary.empty()) out["binaryData"] = std::move(binary);
  return out;
}

base::Result<Contents> resolve_contents(const Workload& workload, const Lookup& lookup) {
  Contents out{
      .config_map = {"ConfigMap", workload.name}, .secret = {"Secret", workload.name}, .variables = {}, .files = {}};
  for (const Container& container : workload.containers) {
    TP_CHECK(resolve_variables(container, lookup, out));
    TP_CHECK(resolve_files(container, lookup, out));
  }
  return out;
}

}  // namespace threeport::score
