#include "providers/kubernetes/fake/selector.h"

#include <algorithm>

namespace threeport::providers::kubernetes::fake {

namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// Splits at commas outside of parentheses.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '(') ++depth;
    if (at < text.size() && text[at] == ')') --depth;
    if (at < text.size() && (text[at] != ',' || depth != 0)) continue;
    if (const auto part = trim(text.substr(start, at - start)); !part.empty()) parts.push_back(part);
    start = at + 1;
  }
  return parts;
}

const base::json::Value& walk(const base::json::Value& object, std::string_view path) {
  const base::json::Value* at = &object;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = &at->at(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return *at;
}

}  // namespace

base::Result<Selector::Term> Selector::parse_term(std::string_view text) {
  for (const std::string_view word : {" notin ", " in "}) {
    const std::size_t at = text.find(word);
    if (at == std::string_view::npos) continue;
    std::string_view list = trim(text.substr(at + word.size()));
    if (!list.starts_with('(') || !list.ends_with(')')) {
      return base::invalid("selector \"" + std::string(text) + "\": write the values in parentheses");
    }
    Term term{std::string(trim(text.substr(0, at))), word == " in " ? Operator::in : Operator::not_in};
    for (const auto value : split(list.substr(1, list.size() - 2))) term.values.emplace_back(value);
    return term;
  }
  if (text.starts_with('!')) return Term{std::string(trim(text.substr(1))), Operator::absent};
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return Term{std::string(text), Operator::exists};
  const bool negated = equals > 0 && text[equals - 1] == '!';
  const std::size_t value = text.substr(equals).starts_with("==") ? equals + 2 : equals + 1;
  return Term{std::string(trim(text.substr(0, negated ? equals - 1 : equals))),
              negated ? Operator::not_in : Operator::in,
              {std::string(trim(text.substr(value)))}};
}

base::Result<Selector> Selector::parse_labels(std::string_view text) {
  Selector selector;
  for (const auto part : split(text)) {
    TP_TRY(Term term, parse_term(part));
    if (term.key.empty()) return base::invalid("selector \"" + std::string(text) + "\" has a term without a key");
    selector.terms_.push_back(std::move(term));
  }
  return selector;
}

base::Result<Selector> Selector::parse_fields(std::string_view text) {
  TP_TRY(Selector selector, parse_labels(text));
  selector.on_fields_ = true;
  return selector;
}

bool Selector::holds(const Term& term, const base::json::Value& object) const {
  const base::json::Value& found =
      on_fields_ ? walk(object, term.key) : object.at("metadata", "labels").at(std::string_view(term.key));
  const bool listed = std::find(term.values.begin(), term.values.end(), found.text()) != term.values.end();
  switch (term.op) {
    case Operator::in: return listed && (on_fields_ || !found.is_null());
    case Operator::not_in: return !listed || (!on_fields_ && found.is_null());
    case Operator::exists: return !found.is_null();
    case Operator::absent: return found.is_null();
  }
  return false;
}

bool Selector::matches(const base::json::Value& object) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) { return holds(term, object); });
}

}  // namespace threeport::providers::kubernetes::fake
