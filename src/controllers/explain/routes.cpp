#include "controllers/explain/routes.h"

#include "apiserver/envelope.h"
#include "controllers/explain/graph.h"

namespace threeport::controllers::explain {
namespace {

using apiserver::Call;
using apiserver::closed_schema;
using apiserver::text_schema;

constexpr std::string_view kExplanation = "Explanation", kGraph = "Graph";

json::Value link_schema() {
  return closed_schema({{"Kind", text_schema()},
                        {"ID", apiserver::id_schema()},
                        {"Name", text_schema()},
                        {"Object", text_schema()},
                        {"Reason", text_schema()},
                        {"Message", text_schema()}},
                       {"Kind", "Reason", "Message"});
}

json::Value explanation_schema() {
  return closed_schema({{"Ready", apiserver::boolean_schema()},
                        {"Summary", text_schema()},
                        {"Chain", apiserver::array_schema(link_schema())},
                        {"RootCause", link_schema()},
                        {"Since", text_schema()},
                        {"Change", closed_schema({{"Sequence", apiserver::integer_schema()},
                                                  {"At", text_schema()},
                                                  {"By", text_schema()},
                                                  {"Kind", text_schema()},
                                                  {"ID", apiserver::id_schema()},
                                                  {"Member", text_schema()}},
                                                 {"Sequence", "At", "By", "Kind", "ID"})},
                        {"Fix", text_schema()}},
                       {"Ready", "Summary", "Chain"});
}

json::Value graph_schema() {
  const json::Value node = closed_schema({{"ID", text_schema()},
                                          {"Kind", text_schema()},
                                          {"Name", text_schema()},
                                          {"ObjectID", apiserver::id_schema()},
                                          {"Ready", apiserver::boolean_schema()},
                                          {"Reason", text_schema()},
                                          {"Type", text_schema()},
                                          {"Profile", text_schema()},
                                          {"State", text_schema()}},
                                         {"ID", "Kind", "Name", "ObjectID", "Ready", "Reason"});
  const json::Value edge = closed_schema(
      {{"From", text_schema()}, {"To", text_schema()}, {"Alias", text_schema()}, {"Phase", text_schema()}},
      {"From", "To", "Alias", "Phase"});
  return closed_schema({{"Nodes", apiserver::array_schema(node)}, {"Edges", apiserver::array_schema(edge)}},
                       {"Nodes", "Edges"});
}

base::Result<GraphScope> parse_scope(const http::Query& query) {
  GraphScope out;
  for (const auto& [name, id] :
       {std::pair("environment", &out.environment), std::pair("workloadinstance", &out.workload_instance)}) {
    const auto text = query.get(name);
    if (!text) continue;
    auto parsed = apiserver::parse_id(*text);
    if (!parsed) return base::invalid(std::string(name) + " must be an id, not \"" + std::string(*text) + "\"");
    *id = *parsed;
  }
  if (out.environment != 0 && out.workload_instance != 0)
    return base::invalid("environment and workloadinstance: a graph is of one of them; leave one out");
  return out;
}

}  // namespace

Routes::Routes(apiserver::Objects& objects, applyset::Clusters& clusters)
    : objects_(objects), reader_(objects, clusters), pool_({.name = "explain", .threads = 4, .queue_limit = 64}) {}

void Routes::add_to(apiserver::ApiServer& server) {
  server.router()
      .add_deferred("GET", "/v0/explain/{}/{}", "Why an object is not ready: the chain to the cause, and what to do",
                    [this](const Call& call, apiserver::Reply reply) { explain(call, std::move(reply)); })
      .in_group(kExplanation)
      .named("explain")
      .path("kind", "Plural of a kind, such as workload-instances.", text_schema())
      .path("id", "Id of the object.", apiserver::id_schema())
      .answers(200, apiserver::enveloped(explanation_schema()))
      .fails({400, 404, 503});
  server.router()
      .add("GET", "/v0/graph", "Who uses which dependency", [this](const Call& call) { return graph(call); })
      .in_group(kExplanation)
      .named("graph")
      .query("environment", "Only what lives in this environment, and what that uses.", apiserver::id_schema())
      .query("workloadinstance", "Only this workload instance, and what it uses.", apiserver::id_schema())
      .answers(200, apiserver::enveloped(graph_schema()))
      .fails({400, 404, 503});
}

void Routes::explain(const Call& call, apiserver::Reply reply) {
  const schema::KindDescriptor* kind = objects_.registry().find_path(call.parameters[0]);
  const auto id = apiserver::parse_id(call.parameters[1]);
  if (kind == nullptr || !kind->routed) {
    return std::move(reply).send(
        apiserver::failure(kExplanation, base::not_found("there is no kind " + call.parameters[0])));
  }
  if (!id) return std::move(reply).send(apiserver::failure(kExplanation, id.error()));
  const auto shared = std::make_shared<apiserver::Reply>(std::move(reply));
  auto queued = pool_.try_submit([this, kind, id = *id, shared] {
    const auto explanation = reader_.explain(*kind, id);
    std::move(*shared).send(explanation
                                ? apiserver::success(kExplanation, "[" + json::dump(explanation->to_json()) + "]")
                                : apiserver::failure(kExplanation, explanation.error()));
  });
  if (!queued) std::move(*shared).send(apiserver::failure(kExplanation, queued.error()));
}

http::Response Routes::graph(const Call& call) {
  const auto scope = parse_scope(call.query);
  if (!scope) return apiserver::failure(kGraph, scope.error());
  const auto graph = read_graph(objects_, *scope);
  if (!graph) return apiserver::failure(kGraph, graph.error());
  return apiserver::success(kGraph, "[" + json::dump(*graph) + "]");
}

}  // namespace threeport::controllers::explain
