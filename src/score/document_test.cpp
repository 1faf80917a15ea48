#include "score/document.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace threeport::score {
namespace {

/// A file with one container `web`, whose members these lines are (each is indented here).
std::string with_container(std::initializer_list<std::string_view> lines) {
  std::string out = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    image: nginx\n";
  for (const std::string_view line : lines) out += "    " + std::string(line) + "\n";
  return out;
}

/// A file with a container, and these lines at the top.
std::string with_lines(std::initializer_list<std::string_view> lines) {
  return with_container({}) + base::join(lines, "\n") + "\n";
}

std::string error_of(std::string_view text) {
  const auto workload = parse(text);
  if (!workload && workload.error().kind != base::ErrorKind::invalid) return "not invalid";
  return workload ? "accepted" : workload.error().message;
}

const std::string kEverything = R"(apiVersion: score.dev/v1b1
metadata:
  name: shop
  team: blue
  annotations: {prefix.com/Key_1.2: yes it is}
service:
  ports:
    web: {port: 80, protocol: UDP, targetPort: 8080}
    admin: {port: 9000}
containers:
  web:
    image: nginx
    command: [sh, -c]
    args: [hello]
    variables: {B: two, A: "${metadata.team}"}
    files:
      /etc/a.conf: {content: "a ${resources.db.host}", mode: "0600"}
      /etc/b.bin: {binaryContent: aGVsbG8=, noExpand: true}
      /etc/c.txt: {source: c.txt}
    volumes:
      /data: {source: "${resources.data}", path: /sub/path, readOnly: true}
    resources:
      requests: {cpu: 500m, memory: 1.5Gi}
      limits: {cpu: "1"}
    livenessProbe:
      httpGet: {port: 8080, path: /live, host: shop, scheme: HTTPS, httpHeaders: [{name: X-A, value: b}]}
    readinessProbe: {exec: {command: [ready]}}
  proxy:
    image: .
    livenessProbe: {exec: {command: [ok]}}
    before: {web: {ready: healthy}}
resources:
  db: {type: postgres, class: large, id: main.db, metadata: {annotations: {ab: c}}, params: {size: 1Gi}}
  data: {type: volume}
)";

TEST(ScoreDocument, HasMetadataServiceAndResourcesOfTheFile) {
  const auto workload = parse(kEverything);
  ASSERT_TRUE(workload) << workload.error().message;
  EXPECT_EQ(workload->name, "shop");
  EXPECT_EQ(workload->metadata.at("team").text(), "blue");
  EXPECT_EQ(workload->annotation("prefix.com/Key_1.2"), "yes it is");
  ASSERT_EQ(workload->ports.size(), 2u);
  EXPECT_EQ(workload->ports[0].protocol + std::to_string(workload->ports[0].target_port), "UDP8080");
  EXPECT_EQ(workload->ports[1].protocol + std::to_string(workload->ports[1].target_port), "TCP9000");

  const Resource* db = workload->find_resource("db");
  ASSERT_NE(db, nullptr);
  EXPECT_EQ(db->type + "." + db->resource_class + "#" + *db->id, "postgres.large#main.db");
  EXPECT_EQ(db->params.at("size").text(), "1Gi");
  EXPECT_EQ(workload->find_resource("data")->resource_class, "default");
}

TEST(ScoreDocument, HasContainersOfTheFile) {
  const auto workload = parse(kEverything);
  ASSERT_TRUE(workload) << workload.error().message;
  const Container* web = workload->find_container("web");
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->command, (std::vector<std::string>{"sh", "-c"}));
  EXPECT_EQ(web->variables, (Texts{{"B", "two"}, {"A", "${metadata.team}"}}));
  ASSERT_EQ(web->files.size(), 3u);
  EXPECT_EQ(web->files[0].mode, 0600);
  EXPECT_EQ(web->files[1].binary_content, "hello");
  EXPECT_TRUE(web->files[1].no_expand);
  EXPECT_EQ(web->files[2].source, "c.txt");
  ASSERT_EQ(web->volumes.size(), 1u);
  EXPECT_EQ(web->volumes[0].path, "sub/path");
  EXPECT_TRUE(web->volumes[0].read_only);
  EXPECT_EQ(web->requests.memory, "1.5Gi");
  EXPECT_EQ(web->liveness->http_get->headers, (Texts{{"X-A", "b"}}));
  EXPECT_EQ(web->readiness->exec, std::vector<std::string>{"ready"});

  const Container* proxy = workload->find_container("proxy");
  ASSERT_NE(proxy, nullptr);
  EXPECT_EQ(proxy->image, kImageGivenLater);
  ASSERT_EQ(proxy->before.size(), 1u);
  EXPECT_EQ(proxy->before[0].container, "web");
  EXPECT_EQ(proxy->before[0].ready, Ready::healthy);
}

TEST(ScoreDocument, SaysWhereTheTextIsNoYaml) {
  EXPECT_TRUE(error_of("apiVersion: [").starts_with("line ")) << error_of("apiVersion: [");
  EXPECT_EQ(error_of("# nothing"), "the Score file is empty; it begins with apiVersion: score.dev/v1b1");
  EXPECT_EQ(error_of(with_container({}) + "---\na: b\n"),
            "line 7, column 1: a Score file holds one workload; put this document into a file of its own");
}

TEST(ScoreDocument, HasTheMembersOfTheSchemaAndNoOthers) {
  EXPECT_EQ(error_of(with_container({})), "accepted");
  EXPECT_EQ(error_of("metadata: {name: shop}"), "apiVersion: is missing, and required");
  EXPECT_EQ(error_of("apiVersion: score.dev/v1\n"),
            "apiVersion: must be one of score.dev/v1b1, but is \"score.dev/v1\"");
  EXPECT_EQ(error_of("[]"), "apiVersion: is missing, and required");
  EXPECT_EQ(error_of(with_lines({"extra: 1"})),
            "extra: there is no such member; there are apiVersion, metadata, service, containers, resources");
  EXPECT_EQ(error_of(with_container({"imge: nginx"})),
            "containers.web.imge: there is no such member; there are image, command, args, variables, files, volumes, "
            "resources, livenessProbe, readinessProbe, before");
  EXPECT_EQ(error_of("apiVersion: score.dev/v1b1\nmetadata: {name: shop}\n"), "containers: is missing, and required");
  EXPECT_EQ(error_of("apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {}\n"),
            "containers: must have at least one container");
  EXPECT_EQ(error_of("apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {web: {}}\n"),
            "containers.web.image: is missing, and required");
  EXPECT_EQ(error_of("apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {web: {image: ''}}\n"),
            "containers.web.image: must not be empty");
}

TEST(ScoreDocument, NamesAreLabels) {
  const std::string rest = "\ncontainers: {web: {image: a}}\n";
  const auto named = [&](std::string_view name) {
    return error_of("apiVersion: score.dev/v1b1\nmetadata: {name: " + std::string(name) + "}" + rest);
  };
  EXPECT_EQ(named("ab"), "accepted");
  EXPECT_EQ(named(std::string(63, 'a')), "accepted");
  const std::string rule =
      "metadata.name: must be 2 to 63 characters of a-z, 0-9 and -, with a letter or digit at both ends";
  for (const std::string& name : {std::string("a"), std::string("-ab"), std::string("ab-"), std::string("aB"),
                                  std::string("a.b"), std::string(64, 'a')}) {
    EXPECT_EQ(named(name), rule + ", but is \"" + name + "\"");
  }
  EXPECT_EQ(named("12"), "metadata.name: must be a text, but is a number; put it in quotes");
  EXPECT_EQ(
      error_of("apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {Web: {image: a}}\n"),
      "containers.Web: the name must be 2 to 63 characters of a-z, 0-9 and -, with a letter or digit at both ends");
  EXPECT_EQ(error_of(with_lines({"resources: {d: {type: redis}}"})),
            "resources.d: the name must be 2 to 63 characters of a-z, 0-9 and -, with a letter or digit at both ends");
  EXPECT_EQ(error_of("apiVersion: score.dev/v1b1\nmetadata: shop" + rest), "metadata: must be a map, but is a text");
  EXPECT_EQ(error_of("apiVersion: score.dev/v1b1\nmetadata: {team: a}" + rest),
            "metadata.name: is missing, and required");
}

TEST(ScoreDocument, AnnotationsAreTexts) {
  const auto annotated = [](std::string_view annotations) {
    return error_of("apiVersion: score.dev/v1b1\nmetadata: {name: shop, annotations: " + std::string(annotations) +
                    "}\ncontainers: {web: {image: a}}\n");
  };
  EXPECT_EQ(annotated("{a-B_c.d: x, some.prefix.com/Key: z}"), "accepted");
  EXPECT_EQ(annotated("{ab: true}"), "metadata.annotations.ab: must be a text, but is true or false; put it in quotes");
  for (const std::string_view key : {"a", "ab/", "/ab", "a_b/cd", "-ab", "a b"}) {
    EXPECT_NE(annotated("{\"" + std::string(key) + "\": x}").find("the key must be a name of 2 to 63 characters"),
              std::string::npos)
        << key;
  }
  EXPECT_EQ(annotated("[]"), "metadata.annotations: must be a map, but is a list");
}

TEST(ScoreDocument, PortsAreNumbersOfPorts) {
  const auto port = [](std::string_view members) {
    return error_of(with_lines({"service: {ports: {web: " + std::string(members) + "}}"}));
  };
  EXPECT_EQ(port("{port: 65535, targetPort: 1}"), "accepted");
  EXPECT_EQ(port("{}"), "service.ports.web.port: is missing, and required");
  for (const std::string_view number : {"0", "65536", "'80'", "1.5"}) {
    EXPECT_EQ(port("{port: " + std::string(number) + "}"), "service.ports.web.port: must be a number from 1 to 65535");
  }
  EXPECT_EQ(port("{port: 80, protocol: SCTP}"), "service.ports.web.protocol: must be one of TCP, UDP, but is \"SCTP\"");
  EXPECT_EQ(port("{port: 80, name: a}"),
            "service.ports.web.name: there is no such member; there are port, protocol, targetPort");
  EXPECT_EQ(error_of(with_lines({"service: {port: 80}"})), "service.port: there is no such member; there are ports");
  EXPECT_EQ(error_of(with_lines({"service:"})), "service: must be a map of ports, but is empty");
}

TEST(ScoreDocument, CommandsAndVariablesAreTexts) {
  EXPECT_EQ(error_of(with_container({"command: [a, 'b']", "args: []", "variables: {A: ''}"})), "accepted");
  EXPECT_EQ(error_of(with_container({"command: run"})),
            "containers.web.command: must be a list of texts, but is a text");
  EXPECT_EQ(error_of(with_container({"args: [a, 1]"})),
            "containers.web.args[1]: must be a text, but is a number; put it in quotes");
  EXPECT_EQ(error_of(with_container({"variables: {PORT: 80}"})),
            "containers.web.variables.PORT: must be a text, but is a number; put it in quotes");
  EXPECT_EQ(error_of(with_container({"variables: {'A=B': x}"})),
            "containers.web.variables[\"A=B\"]: the name of a variable must not be empty and has no =");
  EXPECT_EQ(error_of(with_container({"variables: {'': x}"})),
            "containers.web.variables[\"\"]: the name of a variable must not be empty and has no =");
}

TEST(ScoreDocument, FilesHaveOneContent) {
  const auto file = [](std::string_view members, std::string_view target = "/a.txt") {
    return error_of(with_container({"files: {\"" + std::string(target) + "\": " + std::string(members) + "}"}));
  };
  const std::string path = "containers.web.files[\"/a.txt\"]";
  EXPECT_EQ(file("{content: ''}"), "accepted");
  EXPECT_EQ(file("{binaryContent: ''}"), "accepted");
  EXPECT_EQ(file("{}"), path + ": must have exactly one of content, binaryContent and source");
  EXPECT_EQ(file("{content: a, source: b}"), path + ": must have exactly one of content, binaryContent and source");
  EXPECT_EQ(file("{source: ''}"), path + ".source: must not be empty");
  EXPECT_TRUE(file("{binaryContent: a}").starts_with(path + ".binaryContent: must be base64 (RFC 4648, section 4): "));
  for (const std::string_view mode : {"'0644'", "'777'"})
    EXPECT_EQ(file("{content: a, mode: " + std::string(mode) + "}"), "accepted");
  for (const std::string_view mode : {"'1777'", "'888'", "'64'", "''"}) {
    EXPECT_EQ(file("{content: a, mode: " + std::string(mode) + "}"),
              path + ".mode: must be three octal digits in quotes, such as \"0644\"");
  }
  EXPECT_EQ(file("{content: a, mode: 0644}"), path + ".mode: must be a text, but is a number; put it in quotes");
  EXPECT_EQ(file("{content: a, noExpand: 'true'}"), path + ".noExpand: must be true or false, but is a text");
  EXPECT_EQ(file("{content: a, owner: b}"),
            path + ".owner: there is no such member; there are content, binaryContent, source, mode, noExpand, target");
  EXPECT_EQ(file("{content: a, target: /b}"),
            path + ".target: the key of the map is the target; leave this member out");
  for (const std::string_view target : {"a.txt", "/", "/a/", "/a:b"}) {
    EXPECT_NE(
        file("{content: a}", target).find("the target must be an absolute path that does not end with / and has no :"),
        std::string::npos);
  }
}

TEST(ScoreDocument, VolumesHaveASource) {
  const auto volume = [](std::string_view members) {
    return error_of(with_container({"volumes: {/data: " + std::string(members) + "}"}));
  };
  const std::string path = "containers.web.volumes[\"/data\"]";
  EXPECT_EQ(volume("{source: claim, path: a/b, readOnly: true}"), "accepted");
  EXPECT_EQ(volume("{}"), path + ".source: is missing, and required");
  EXPECT_EQ(volume("{source: ''}"), path + ".source: must not be empty");
  EXPECT_EQ(volume("{source: a, path: ../b}"), path + ".path: must stay within the volume, so without ..");
  EXPECT_EQ(volume("{source: a, readOnly: 1}"), path + ".readOnly: must be true or false, but is a number");
  EXPECT_EQ(volume("{source: a, readOnly: true, read_only: true}"),
            path + ".read_only: is the former name of readOnly; leave it out");
  EXPECT_EQ(error_of(with_container({"files: {/data: {content: a}}", "volumes: {/data: {source: b}}"})),
            path + ": a file has the same target; choose another one");
}

TEST(ScoreDocument, ReadsDeprecatedForms) {
  const auto workload = parse(with_container(
      {"files:", "- {target: /a, content: [one, two]}", "volumes:", "- {target: /v, source: claim, read_only: true}"}));
  ASSERT_TRUE(workload) << workload.error().message;
  const Container& web = workload->containers[0];
  EXPECT_EQ(web.files[0].target + "=" + *web.files[0].content, "/a=one\ntwo");
  EXPECT_EQ(web.volumes[0].target + "=" + web.volumes[0].source, "/v=claim");
  EXPECT_TRUE(web.volumes[0].read_only);

  EXPECT_EQ(error_of(with_container({"files: [{content: a}]"})),
            "containers.web.files[0].target: is missing, and required");
  EXPECT_EQ(error_of(with_container({"volumes: [{source: a}]"})),
            "containers.web.volumes[0].target: is missing, and required");
  EXPECT_EQ(error_of(with_container({"files: [{target: /a, content: a}, {target: /a, content: b}]"})),
            "containers.web.files[1].target: \"/a\" is the target of an element before it");
  EXPECT_EQ(error_of(with_container({"files: [{target: /a, content: [1]}]"})),
            "containers.web.files[0].content[0]: must be a text, but is a number; put it in quotes");
  EXPECT_EQ(error_of(with_container({"before: [{container: b, ready: started}]"})),
            "containers.web.before: must be a map: {<container>: {ready: started}}");
}

TEST(ScoreDocument, AmountsAreQuantities) {
  const auto amount = [](std::string_view name, std::string_view value) {
    return error_of(with_container({"resources: {limits: {" + std::string(name) + ": " + std::string(value) + "}}"}));
  };
  for (const std::string_view value : {"'2'", "500m", "'0.5'", "'0'"})
    EXPECT_EQ(amount("cpu", value), "accepted") << value;
  for (const std::string_view value : {"'.5'", "0.5m", "'1.'", "two", "'-1'", "'1e3'"}) {
    EXPECT_EQ(amount("cpu", value),
              "containers.web.resources.limits.cpu: must be a number of CPUs, such as \"2\", \"0.5\" or 500m")
        << value;
  }
  for (const std::string_view value : {"'1000'", "128M", "1.5Gi", "0.5Ei"})
    EXPECT_EQ(amount("memory", value), "accepted") << value;
  for (const std::string_view value : {"'0'", "01M", "128MB", "128k", "m", "1.M"}) {
    EXPECT_NE(amount("memory", value).find("must be a number above 0 with one of K, M, G"), std::string::npos) << value;
  }
  EXPECT_EQ(amount("cpu", "1"),
            "containers.web.resources.limits.cpu: must be a text, but is a number; put it in quotes");
  EXPECT_EQ(amount("disk", "1Gi"),
            "containers.web.resources.limits.disk: there is no such member; there are cpu, memory");
  EXPECT_EQ(error_of(with_container({"resources: {cpu: 1m}"})),
            "containers.web.resources.cpu: there is no such member; there are requests, limits");
}

TEST(ScoreDocument, ProbesAskOrRun) {
  const auto probe = [](std::string_view members) {
    return error_of(with_container({"livenessProbe: " + std::string(members)}));
  };
  const std::string path = "containers.web.livenessProbe";
  EXPECT_EQ(probe("{exec: {command: [a]}, httpGet: {port: 80, path: /}}"), "accepted");
  EXPECT_EQ(probe("{}"), path + ": must have one of httpGet and exec");
  EXPECT_EQ(probe("{tcp: {}}"), path + ".tcp: there is no such member; there are httpGet, exec");
  EXPECT_EQ(probe("{exec: {}}"), path + ".exec.command: is missing, and required");
  EXPECT_EQ(probe("{exec: {command: []}}"), path + ".exec.command: must have at least the program to run");
  EXPECT_EQ(probe("{httpGet: {port: 80}}"), path + ".httpGet.path: is missing, and required");
  EXPECT_EQ(probe("{httpGet: {path: /}}"), path + ".httpGet.port: is missing, and required");
  EXPECT_EQ(probe("{httpGet: {port: http, path: /}}"), path + ".httpGet.port: must be a number from 1 to 65535");
  EXPECT_EQ(probe("{httpGet: {port: 80, path: /, scheme: http}}"),
            path + ".httpGet.scheme: must be one of HTTP, HTTPS, but is \"http\"");
  EXPECT_EQ(probe("{httpGet: {port: 80, path: /, httpHeaders: {}}}"),
            path + ".httpGet.httpHeaders: must be a list of name and value");
  EXPECT_EQ(probe("{httpGet: {port: 80, path: /, httpHeaders: [{name: 'a b', value: c}]}}"),
            path + ".httpGet.httpHeaders[0].name: must be letters, digits, - and _");
  EXPECT_EQ(probe("{httpGet: {port: 80, path: /, httpHeaders: [{name: a}]}}"),
            path + ".httpGet.httpHeaders[0].value: is missing, and required");
}

TEST(ScoreDocument, ResourcesHaveATypeAClassAndAnId) {
  const auto resource = [](std::string_view members) {
    return error_of(with_lines({"resources: {db: " + std::string(members) + "}"}));
  };
  EXPECT_EQ(resource("{type: Post-gres1, class: Large, id: a1.b-c}"), "accepted");
  EXPECT_EQ(resource("{}"), "resources.db.type: is missing, and required");
  for (const std::string_view type : {"a", "-ab", "a_b", "a.b"}) {
    EXPECT_EQ(resource("{type: " + std::string(type) + "}"),
              "resources.db.type: must be 2 to 63 letters, digits and -, with a letter or digit at both ends");
  }
  EXPECT_EQ(resource("{type: redis, class: a}"),
            "resources.db.class: must be 2 to 63 letters, digits and -, with a letter or digit at both ends");
  for (const std::string_view id : {"a", "A.b", "a..b", "a-.b", ".ab", "a_b"}) {
    EXPECT_EQ(resource("{type: redis, id: " + std::string(id) + "}"),
              "resources.db.id: must be 2 to 63 characters of a-z, 0-9, - and ., with a letter or digit beside each .");
  }
  EXPECT_EQ(resource("{type: redis, params: []}"), "resources.db.params: must be a map, but is a list");
  EXPECT_EQ(resource("{type: redis, metadata: {annotations: {ab: 1}}}"),
            "resources.db.metadata.annotations.ab: must be a text, but is a number; put it in quotes");
  EXPECT_EQ(resource("{type: redis, size: 1}"),
            "resources.db.size: there is no such member; there are type, class, id, metadata, params");
}

}  // namespace
}  // namespace threeport::score
