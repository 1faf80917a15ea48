#include "cli/document_reference.h"

#include <algorithm>

#include "base/text.h"

namespace threeport::cli {

namespace {

constexpr std::string_view kHead = R"(# Configuration documents

What `tptctl apply`, `create` and `delete` read. This page is written by `tptctl documents -o markdown`; `tptctl documents KIND` shows one of its tables.

A document is a mapping with one key, its kind, whose value holds the keys below. Any number of documents may stand in a file, with `---` between them. Keys that are
not listed are errors. Keys marked \* are required; of keys that are joined by "or" one is given. Paths are relative to the file of the document; `~/` is the home.
)";

/// The elements of a list: "list of {Port, Path}".
std::string list_text(const Rule& rule, const schema::Registry& registry) {
  std::vector<std::string_view> members;
  for (const auto& field : registry.find(rule.field->references)->fields) {
    if (field.is_spec() && field.name != rule.field->relation_member) members.push_back(field.name);
  }
  return "list of {" + base::join(members, ", ") + "}";
}

std::string value_text(const Rule& rule, const schema::Registry& registry) {
  switch (rule.form) {
    case Form::plain:
      return rule.field->one_of.empty() || rule.field->one_of.size() > 5 ? std::string(type_word(rule.field->type))
                                                                         : base::join(rule.field->one_of, ", ");
    case Form::reference: return "{Name: ...} of a " + schema::words_of(rule.field->references);
    case Form::name: return "name of a " + schema::words_of(rule.field->references);
    case Form::text: return "a text";
    case Form::file: return "path of a file";
    case Form::folder: return "path of a folder";
    case Form::context: return "a name";
    case Form::list: return list_text(rule, registry);
    case Form::part: return "the keys of a " + rule.key;
    case Form::local: return rule.key == "LocalProfile" ? "a name" : "path of a file";
    case Form::ignored: return "anything";
  }
  return "";
}

struct Line {
  std::string key, value, meaning;
};

std::vector<Line> lines_of(const Subject& subject, const schema::Registry& registry) {
  std::vector<Line> out;
  const DocumentRules rules(subject, registry);
  for (const Rule& rule : rules.rules()) {
    const std::string ways = rule.member.empty() ? rule.key : rules.ways_to_fill(rule);
    const std::string mark = !rule.is_required ? "" : ways == rule.key ? " *" : " * (" + ways + ")";
    out.push_back({rule.key + mark, value_text(rule, registry), std::string(rule.doc)});
  }
  return out;
}

/// In a cell of a table of Markdown.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

bool is_document(const Subject& subject) {
  const KindDescriptor& kind = *subject.kind;
  const bool issues_secret =
      std::any_of(kind.fields.begin(), kind.fields.end(), [](const auto& field) { return field.has(schema::issued); });
  return !kind.controller_made && !issues_secret && kind.unique_name && kind.find("Name") != nullptr;
}

Table document_keys(const Subject& subject, const schema::Registry& registry) {
  Table table({"KEY", "VALUE", "MEANING"});
  for (const Line& line : lines_of(subject, registry)) table.add({line.key, line.value, line.meaning});
  return table;
}

std::string document_page(const Vocabulary& vocabulary) {
  std::string out(kHead);
  for (const Subject& subject : vocabulary.subjects()) {
    if (!is_document(subject)) continue;
    out += "\n## " + subject.name + "\n\n";
    out += subject.is_combined()
               ? "A " + std::string(subject.definition->name) + " and a " + std::string(subject.kind->name) + ".\n"
               : std::string(subject.kind->doc) + "\n";
    if (const std::size_t longest = traits_of(subject.name).longest_name; longest > 0) {
      out += "Its name has " + std::to_string(longest) + " characters at most.\n";
    }
    out += "\n| key | value | meaning |\n|---|---|---|\n";
    for (const Line& line : lines_of(subject, vocabulary.registry())) {
      out += "| " + escaped(line.key) + " | " + escaped(line.value) + " | " + escaped(line.meaning) + " |\n";
    }
  }
  return out;
}

}  // namespace threeport::cli
