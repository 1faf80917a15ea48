// The kind of this module. Its table is all there is to say: routes, checks, filters, storage and documentation follow.
#pragma once

#include <string>
#include <tuple>

#include "schema/groups.h"

namespace greetings {

using threeport::schema::field;
using threeport::schema::KindInfo;
using threeport::schema::ObjectMeta;
using threeport::schema::Reconciliation;
using enum threeport::schema::Flag;

struct Greeting {
  static constexpr KindInfo kind{.name = "Greeting",
                                 .path = "greetings",
                                 .alias = "",
                                 .doc = "Words for somebody.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .added = true};
  ObjectMeta meta;
  std::string name, recipient, tone, text;
  Reconciliation reconciliation;

  static constexpr std::array<std::string_view, 2> kTones{"friendly", "formal"};
  static constexpr auto fields() {
    using Self = Greeting;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{field<&Self::name>("Name", "Unique among live objects of the kind.", required | filter | column),
                   field<&Self::recipient>("Recipient", "Who is greeted.", required | filter | column).bounds(1, 100),
                   field<&Self::tone>("Tone", "How.", filter | column).one_of(kTones).defaults_to(R"("friendly")"),
                   field<&Self::text>("Text", "The words; the module's controller finds them.", status)});
  }
};

}  // namespace greetings
