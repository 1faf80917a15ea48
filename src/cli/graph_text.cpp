#include "cli/graph_text.h"

#include <set>
#include <string_view>
#include <vector>

namespace threeport::cli {

namespace {

const json::Array& array_of(const json::Value& graph, std::string_view member) {
  static const json::Array kNone;
  const json::Array* found = graph.at(member).if_array();
  return found == nullptr ? kNone : *found;
}

/// "Healthy", or the reason why it is not ready.
std::string state_of(const json::Value& node) {
  const std::string_view word = node.at("State").text();
  const bool is_ready = node.at("Ready") == json::Value(true);
  return std::string(is_ready && !word.empty() ? word : node.at("Reason").text());
}

Colour colour_of(const json::Value& node) {
  if (node.at("Ready") == json::Value(true)) return Colour::green;
  return node.at("Reason").text() == "Progressing" ? Colour::yellow : Colour::red;
}

class Tree {
 public:
  explicit Tree(const json::Value& graph) : graph_(graph) {}

  Table table() {
    std::set<std::string_view> used;
    for (const json::Value& edge : array_of(graph_, "Edges")) used.insert(edge.at("To").text());
    for (const json::Value& node : array_of(graph_, "Nodes")) {
      if (!used.contains(node.at("ID").text())) add(node, 0, "");
    }
    // Those that use each other in a circle have no beginning.
    for (const json::Value& node : array_of(graph_, "Nodes")) {
      if (!shown_.contains(node.at("ID").text())) add(node, 0, "");
    }
    return std::move(table_);
  }

 private:
  void add(const json::Value& node, std::size_t depth, const std::string& label) {
    const bool is_new = shown_.insert(node.at("ID").text()).second;
    const std::string name = std::string(2 * depth, ' ') + label + std::string(node.at("Name").text());
    table_.add({name, std::string(node.at("Type").text()), std::string(node.at("Profile").text()), state_of(node)},
               {Colour::none, Colour::none, Colour::none, colour_of(node)});
    if (!is_new) return;
    for (const json::Value& edge : array_of(graph_, "Edges")) {
      if (edge.at("From").text() != node.at("ID").text()) continue;
      const std::string_view phase = edge.at("Phase").text();
      const std::string held = phase == "Active" ? "" : " (" + std::string(phase) + ")";
      for (const json::Value& other : array_of(graph_, "Nodes")) {
        if (other.at("ID").text() == edge.at("To").text())
          add(other, depth + 1, std::string(edge.at("Alias").text()) + held + ": ");
      }
    }
  }

  const json::Value& graph_;
  std::set<std::string_view> shown_;
  Table table_{{"NAME", "TYPE", "PROFILE", "STATE"}};
};

/// In double quotes of the dot language.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

Table graph_tree(const json::Value& graph) { return Tree(graph).table(); }

std::string graph_dot(const json::Value& graph) {
  std::string out = "digraph threeport {\n  rankdir=LR;\n";
  for (const json::Value& node : array_of(graph, "Nodes")) {
    const bool is_workload = node.at("Kind").text() == "WorkloadInstance";
    std::string label = quoted(node.at("Name").text());
    label.insert(label.size() - 1, "\\n" + state_of(node));
    out += "  " + quoted(node.at("ID").text()) + " [label=" + label + ", shape=" + (is_workload ? "box" : "ellipse") +
           (node.at("Ready") == json::Value(true) ? "" : ", color=red") + "];\n";
  }
  for (const json::Value& edge : array_of(graph, "Edges")) {
    const bool is_active = edge.at("Phase").text() == "Active";
    out += "  " + quoted(edge.at("From").text()) + " -> " + quoted(edge.at("To").text()) +
           " [label=" + quoted(edge.at("Alias").text()) + (is_active ? "" : ", style=dashed") + "];\n";
  }
  return out + "}";
}

}  // namespace threeport::cli
