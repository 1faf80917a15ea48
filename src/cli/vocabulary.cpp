#include "cli/vocabulary.h"

#include <algorithm>

#include "base/text.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

constexpr std::string_view kDefinition = "Definition";
constexpr std::string_view kInstance = "Instance";

/// "workload-instances" → "workload".
std::string stem_of_path(std::string_view path) {
  const std::string word = singular(path);
  return word.substr(0, word.rfind('-'));
}

bool same_word(std::string_view a, std::string_view b) { return !a.empty() && base::equal_without_case(a, b); }

bool means(const Subject& subject, std::string_view word) {
  if (same_word(subject.name, word) || same_word(subject.word, word) || same_word(subject.word + "s", word)) {
    return true;
  }
  return !subject.is_combined() && (same_word(subject.kind->alias, word) || same_word(subject.kind->path, word));
}

}  // namespace

std::string singular(std::string_view path) {
  if (path.ends_with("ies")) return std::string(path.substr(0, path.size() - 3)) + "y";
  return std::string(path.ends_with('s') ? path.substr(0, path.size() - 1) : path);
}

std::string word_of(const KindDescriptor& kind) { return singular(kind.path); }

std::string reference_key(const schema::FieldDescriptor& field) {
  const bool has_suffix = field.name.ends_with("ID") || field.name.ends_with("Id");
  return std::string(has_suffix ? field.name.substr(0, field.name.size() - 2) : field.name);
}

bool is_named_reference(const schema::Registry& registry, const schema::FieldDescriptor& field) {
  if (field.references.empty() || field.type == schema::FieldType::relation) return false;
  const KindDescriptor* target = registry.find(field.references);
  return target != nullptr && target->find("Name") != nullptr;
}

Vocabulary::Vocabulary(const schema::Registry& registry) : registry_(registry) {
  for (const KindDescriptor& kind : registry.kinds()) {
    if (!kind.name.ends_with(kInstance)) continue;
    const std::string stem(kind.name.substr(0, kind.name.size() - kInstance.size()));
    const KindDescriptor* definition = registry.find(stem + std::string(kDefinition));
    if (definition == nullptr || kind.find("Name") == nullptr || definition->find("Name") == nullptr) continue;
    subjects_.push_back({&kind, definition, stem, stem_of_path(kind.path)});
  }
  for (const KindDescriptor& kind : registry.kinds()) {
    if (!kind.routed) continue;
    subjects_.push_back({&kind, nullptr, std::string(kind.name), word_of(kind)});
  }
}

base::Result<Subject> Vocabulary::find(std::string_view word) const {
  if (word.empty()) {
    return base::invalid("KIND is missing: name one, such as workload (tptctl get --help lists the kinds)");
  }
  const auto found = std::find_if(subjects_.begin(), subjects_.end(), [&](const auto& s) { return means(s, word); });
  if (found != subjects_.end()) return *found;
  return base::invalid("this build has no kind \"" + std::string(word) + "\"" + did_you_mean(word, words()) +
                       " (tptctl get --help lists the kinds)");
}

const Subject* Vocabulary::find_name(std::string_view name) const {
  const auto found = std::find_if(subjects_.begin(), subjects_.end(), [&](const auto& s) { return s.name == name; });
  return found == subjects_.end() ? nullptr : &*found;
}

std::vector<std::string> Vocabulary::words() const {
  std::vector<std::string> out;
  for (const Subject& subject : subjects_) {
    out.push_back(subject.word);
    out.push_back(subject.is_combined() ? subject.word + "s" : std::string(subject.kind->path));
  }
  return out;
}

}  // namespace threeport::cli
