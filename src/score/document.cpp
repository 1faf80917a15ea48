#include "score/document.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "score/reader.h"
#include "score/rules.h"

namespace threeport::score {
namespace {

template <typename T>
const T* find_by(const std::vector<T>& list, std::string T::* name, std::string_view wanted) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const T& one) { return one.*name == wanted; });
  return found == list.end() ? nullptr : &*found;
}

// ---- metadata and service

base::Result<Texts> read_texts(const Node& map) {
  TP_TRY(const std::vector<Node::Entry> entries, map.entries());
  Texts out;
  for (const Node::Entry& entry : entries) {
    TP_TRY(std::string value, entry.node.text());
    out.emplace_back(entry.key, std::move(value));
  }
  return out;
}

base::Result<Texts> read_annotations(const Node& metadata) {
  if (!metadata.has("annotations")) return Texts{};
  const Node map = metadata.at("annotations");
  TP_TRY(Texts out, read_texts(map));
  for (const auto& [key, value] : out) {
    if (!is_annotation_key(key)) {
      return map.at(key).error(
          "the key must be a name of 2 to 63 characters, letters or digits at both ends and also -, _ and . between "
          "them, after an optional DNS name and /");
    }
  }
  return out;
}

base::Result<> read_metadata(const Node& metadata, Workload& out) {
  TP_CHECK(metadata.entries());
  TP_TRY(const Node name, metadata.required("name"));
  TP_TRY(out.name, name.text());
  if (!is_label(out.name)) return name.error(std::string(kLabelRule) + ", but is \"" + out.name + "\"");
  TP_TRY(out.annotations, read_annotations(metadata));
  out.metadata = metadata.value();
  return {};
}

base::Result<std::vector<ServicePort>> read_service(const Node& service) {
  TP_CHECK(service.is_object_of({"ports"}));
  std::vector<ServicePort> out;
  if (!service.has("ports")) return out;
  TP_TRY(const std::vector<Node::Entry> ports, service.at("ports").labelled());
  for (const auto& [name, node] : ports) {
    TP_CHECK(node.is_object_of({"port", "protocol", "targetPort"}));
    ServicePort port;
    port.name = name;
    TP_TRY(const Node number, node.required("port"));
    TP_TRY(port.port, number.port());
    port.target_port = port.port;
    if (node.has("targetPort")) {
      TP_TRY(port.target_port, node.at("targetPort").port());
    }
    if (node.has("protocol")) {
      TP_TRY(port.protocol, node.at("protocol").one_of({"TCP", "UDP"}));
    }
    out.push_back(std::move(port));
  }
  return out;
}

// ---- containers

/// A map by target path, or the deprecated list whose elements have a `target`.
base::Result<std::vector<Node::Entry>> read_by_target(const Node& node) {
  const json::Array* list = node.value().if_array();
  if (list == nullptr) {
    TP_TRY(std::vector<Node::Entry> entries, node.entries());
    for (const Node::Entry& entry : entries) {
      if (entry.node.has("target")) {
        return entry.node.at("target").error("the key of the map is the target; leave this member out");
      }
    }
    return entries;
  }
  std::vector<Node::Entry> out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Node element((*list)[i], node.path() + "[" + std::to_string(i) + "]");
    TP_TRY(const Node target, element.required("target"));
    TP_TRY(std::string path, target.text());
    if (std::any_of(out.begin(), out.end(), [&](const Node::Entry& other) { return other.key == path; })) {
      return target.error("\"" + path + "\" is the target of an element before it");
    }
    out.push_back({std::move(path), element});
  }
  return out;
}

/// Error unless it can be mounted over.
base::Result<> check_target(const Node::Entry& entry) {
  const std::string& path = entry.key;
  if (!path.starts_with('/') || path.size() == 1 || path.ends_with('/') || path.find(':') != std::string::npos) {
    return entry.node.error("the target must be an absolute path that does not end with / and has no :");
  }
  return {};
}

/// A text, or the deprecated list of its lines.
base::Result<std::string> read_content(const Node& node) {
  if (!node.value().is_array()) return node.text();
  TP_TRY(const std::vector<std::string> lines, node.texts());
  return base::join(lines, "\n");
}

base::Result<File> read_file(const Node::Entry& entry) {
  const Node& node = entry.node;
  TP_CHECK(node.is_object_of({"content", "binaryContent", "source", "mode", "noExpand", "target"}));
  TP_CHECK(check_target(entry));
  if (node.has("content") + node.has("binaryContent") + node.has("source") != 1) {
    return node.error("must have exactly one of content, binaryContent and source");
  }
  File out;
  out.target = entry.key;
  if (node.has("content")) {
    TP_TRY(out.content, read_content(node.at("content")));
  } else if (node.has("source")) {
    TP_TRY(out.source, node.at("source").text_that_is_not_empty());
  } else {
    TP_TRY(const std::string encoded, node.at("binaryContent").text());
    auto bytes = base::base64_decode(encoded);
    if (!bytes) return node.at("binaryContent").error("must be base64 (RFC 4648, section 4): " + bytes.error().message);
    out.binary_content = *std::move(bytes);
  }
  if (node.has("mode")) {
    TP_TRY(const std::string mode, node.at("mode").text());
    out.mode = parse_mode(mode);
    if (!out.mode) return node.at("mode").error("must be three octal digits in quotes, such as \"0644\"");
  }
  if (node.has("noExpand")) {
    TP_TRY(out.no_expand, node.at("noExpand").boolean());
  }
  return out;
}

base::Result<Volume> read_volume(const Node::Entry& entry) {
  const Node& node = entry.node;
  TP_CHECK(node.is_object_of({"source", "path", "readOnly", "read_only", "target"}));
  TP_CHECK(check_target(entry));
  Volume out;
  out.target = entry.key;
  TP_TRY(const Node source, node.required("source"));
  TP_TRY(out.source, source.text_that_is_not_empty());
  if (node.has("path")) {
    TP_TRY(const std::string path, node.at("path").text());
    out.path = path.substr(std::min(path.find_first_not_of('/'), path.size()));
    if (("/" + out.path + "/").find("/../") != std::string::npos) {
      return node.at("path").error("must stay within the volume, so without ..");
    }
  }
  if (node.has("readOnly") && node.has("read_only")) {
    return node.at("read_only").error("is the former name of readOnly; leave it out");
  }
  for (const std::string_view key : {"readOnly", "read_only"}) {
    if (!node.has(key)) continue;
    TP_TRY(out.read_only, node.at(key).boolean());
  }
  return out;
}

base::Result<Amounts> read_amounts(const Node& node) {
  TP_CHECK(node.is_object_of({"cpu", "memory"}));
  Amounts out;
  if (node.has("cpu")) {
    TP_TRY(out.cpu, node.at("cpu").text());
    if (!parse_cpu(*out.cpu)) return node.at("cpu").error("must be a number of CPUs, such as \"2\", \"0.5\" or 500m");
  }
  if (node.has("memory")) {
    TP_TRY(out.memory, node.at("memory").text());
    if (!parse_memory(*out.memory)) {
      return node.at("memory").error(
          "must be a number above 0 with one of K, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei or no unit, such as 128M or "
          "1.5Gi");
    }
  }
  return out;
}

base::Result<HttpGet> read_http_get(const Node& node) {
  TP_CHECK(node.is_object_of({"port", "path", "host", "scheme", "httpHeaders"}));
  HttpGet out;
  TP_TRY(const Node port, node.required("port"));
  TP_TRY(out.port, port.port());
  TP_TRY(const Node path, node.required("path"));
  TP_TRY(out.path, path.text_that_is_not_empty());
  if (node.has("host")) {
    TP_TRY(out.host, node.at("host").text_that_is_not_empty());
  }
  if (node.has("scheme")) {
    TP_TRY(out.scheme, node.at("scheme").one_of({"HTTP", "HTTPS"}));
  }
  if (!node.has("httpHeaders")) return out;
  const json::Array* headers = node.value().at("httpHeaders").if_array();
  if (headers == nullptr) return node.at("httpHeaders").error("must be a list of name and value");
  for (std::size_t i = 0; i < headers->size(); ++i) {
    const Node header((*headers)[i], member_path(node.path(), "httpHeaders") + "[" + std::to_string(i) + "]");
    TP_CHECK(header.is_object_of({"name", "value"}));
    TP_TRY(const Node name_node, header.required("name"));
    TP_TRY(std::string name, name_node.text());
    if (!is_header_name(name)) return name_node.error("must be letters, digits, - and _");
    TP_TRY(const Node value_node, header.required("value"));
    TP_TRY(std::string value, value_node.text_that_is_not_empty());
    out.headers.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

base::Result<Probe> read_probe(const Node& node) {
  TP_CHECK(node.is_object_of({"httpGet", "exec"}));
  if (!node.has("httpGet") && !node.has("exec")) return node.error("must have one of httpGet and exec");
  Probe out;
  if (node.has("httpGet")) {
    TP_TRY(out.http_get, read_http_get(node.at("httpGet")));
  }
  if (node.has("exec")) {
    const Node exec = node.at("exec");
    TP_CHECK(exec.is_object_of({"command"}));
    TP_TRY(const Node command, exec.required("command"));
    TP_TRY(out.exec, command.texts());
    if (out.exec->empty()) return command.error("must have at least the program to run");
  }
  return out;
}

base::Result<std::vector<Before>> read_before(const Node& node) {
  if (node.value().is_array()) return node.error("must be a map: {<container>: {ready: started}}");
  TP_TRY(const std::vector<Node::Entry> entries, node.labelled());
  std::vector<Before> out;
  for (const Node::Entry& entry : entries) {
    TP_CHECK(entry.node.is_object_of({"ready"}));
    TP_TRY(const Node ready, entry.node.required("ready"));
    TP_TRY(const std::string word, ready.one_of({"started", "healthy", "complete"}));
    out.push_back({.container = entry.key,
                   .ready = word == "started"   ? Ready::started
                            : word == "healthy" ? Ready::healthy
                                                : Ready::complete});
  }
  return out;
}

base::Result<Texts> read_variables(const Node& node) {
  TP_TRY(Texts out, read_texts(node));
  for (const auto& [name, value] : out) {
    if (name.empty() || name.find('=') != std::string::npos) {
      return node.at(name).error("the name of a variable must not be empty and has no =");
    }
  }
  return out;
}

/// `into` gets the value that `read` makes of the member, where there is one.
template <typename T, typename Read>
base::Result<> read_member(const Node& node, std::string_view key, T& into, const Read& read) {
  if (!node.has(key)) return {};
  TP_TRY(into, read(node.at(key)));
  return {};
}

base::Result<> read_mounts(const Node& node, Container& out) {
  if (node.has("files")) {
    TP_TRY(const std::vector<Node::Entry> files, read_by_target(node.at("files")));
    for (const Node::Entry& entry : files) {
      TP_TRY(File file, read_file(entry));
      out.files.push_back(std::move(file));
    }
  }
  if (node.has("volumes")) {
    TP_TRY(const std::vector<Node::Entry> volumes, read_by_target(node.at("volumes")));
    for (const Node::Entry& entry : volumes) {
      TP_TRY(Volume volume, read_volume(entry));
      if (find_by(out.files, &File::target, volume.target) != nullptr) {
        return entry.node.error("a file has the same target; choose another one");
      }
      out.volumes.push_back(std::move(volume));
    }
  }
  return {};
}

base::Result<Container> read_container(const Node::Entry& entry) {
  const Node& node = entry.node;
  TP_CHECK(node.is_object_of({"image", "command", "args", "variables", "files", "volumes", "resources", "livenessProbe",
                              "readinessProbe", "before"}));
  Container out;
  out.name = entry.key;
  TP_TRY(const Node image, node.required("image"));
  TP_TRY(out.image, image.text_that_is_not_empty());
  const auto texts = [](const Node& list) { return list.texts(); };
  TP_CHECK(read_member(node, "command", out.command, texts));
  TP_CHECK(read_member(node, "args", out.args, texts));
  TP_CHECK(read_member(node, "variables", out.variables, read_variables));
  TP_CHECK(read_mounts(node, out));
  if (node.has("resources")) {
    const Node resources = node.at("resources");
    TP_CHECK(resources.is_object_of({"requests", "limits"}));
    TP_CHECK(read_member(resources, "requests", out.requests, read_amounts));
    TP_CHECK(read_member(resources, "limits", out.limits, read_amounts));
  }
  TP_CHECK(read_member(node, "livenessProbe", out.liveness, read_probe));
  TP_CHECK(read_member(node, "readinessProbe", out.readiness, read_probe));
  TP_CHECK(read_member(node, "before", out.before, read_before));
  return out;
}

// ---- resources

base::Result<Resource> read_resource(const Node::Entry& entry) {
  const Node& node = entry.node;
  TP_CHECK(node.is_object_of({"type", "class", "id", "metadata", "params"}));
  Resource out;
  out.alias = entry.key;
  TP_CHECK(node.required("type"));
  for (const auto& [key, into] : {std::pair{"type", &out.type}, std::pair{"class", &out.resource_class}}) {
    if (!node.has(key)) continue;
    TP_TRY(*into, node.at(key).text());
    if (!is_type_name(*into)) {
      return node.at(key).error("must be 2 to 63 letters, digits and -, with a letter or digit at both ends");
    }
  }
  if (node.has("id")) {
    TP_TRY(out.id, node.at("id").text());
    if (!is_resource_id(*out.id)) {
      return node.at("id").error(
          "must be 2 to 63 characters of a-z, 0-9, - and ., with a letter or digit beside each .");
    }
  }
  if (node.has("metadata")) {
    TP_CHECK(node.at("metadata").entries());
    TP_CHECK(read_annotations(node.at("metadata")));
    out.metadata = node.at("metadata").value();
  }
  if (node.has("params")) {
    TP_CHECK(node.at("params").entries());
    out.params = node.at("params").value();
  }
  return out;
}

base::Result<Workload> read_workload(const Node& root) {
  TP_TRY(const Node version, root.required("apiVersion"));
  TP_CHECK(version.one_of({kApiVersion}));
  TP_CHECK(root.is_object_of({"apiVersion", "metadata", "service", "containers", "resources"}));
  Workload out;
  TP_TRY(const Node metadata, root.required("metadata"));
  TP_CHECK(read_metadata(metadata, out));
  if (root.has("service")) {
    TP_TRY(out.ports, read_service(root.at("service")));
  }
  TP_TRY(const Node containers, root.required("containers"));
  TP_TRY(const std::vector<Node::Entry> named, containers.labelled());
  if (named.empty()) return containers.error("must have at least one container");
  for (const Node::Entry& entry : named) {
    TP_TRY(Container container, read_container(entry));
    out.containers.push_back(std::move(container));
  }
  if (root.has("resources")) {
    TP_TRY(const std::vector<Node::Entry> resources, root.at("resources").labelled());
    for (const Node::Entry& entry : resources) {
      TP_TRY(Resource resource, read_resource(entry));
      out.resources.push_back(std::move(resource));
    }
  }
  return out;
}

}  // namespace

const Container* Workload::find_container(std::string_view wanted) const {
  return find_by(containers, &Container::name, wanted);
}

const Resource* Workload::find_resource(std::string_view alias) const {
  return find_by(resources, &Resource::alias, alias);
}

std::string_view Workload::annotation(std::string_view key) const {
  const auto found =
      std::find_if(annotations.begin(), annotations.end(), [&](const auto& one) { return one.first == key; });
  return found == annotations.end() ? std::string_view{} : found->second;
}

base::Result<Workload> parse(std::string_view text) {
  TP_TRY(const std::vector<yaml::Document> documents, yaml::parse_documents_with_lines(text));
  if (documents.empty()) return base::invalid("the Score file is empty; it begins with apiVersion: score.dev/v1b1");
  if (documents.size() > 1) {
    return base::invalid("line " + std::to_string(documents[1].line) +
                         ", column 1: a Score file holds one workload; put this document into a file of its own");
  }
  TP_TRY(Workload out, read_workload(Node(documents[0].value, "")));
  TP_CHECK(check(out));
  return out;
}

}  // namespace threeport::score
