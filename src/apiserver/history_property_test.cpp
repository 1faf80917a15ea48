// Whatever the writes: the state at each sequence is the one that was there, and the patches lead to the last one.
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "apiserver/history.h"
#include "apiserver/write_set.h"
#include "tests/support/world.h"

namespace threeport::testing {
namespace {

using apiserver::Write;
using schema::ObjectId;

struct Gizmo {
  static constexpr schema::KindInfo kind{.name = "Gizmo", .path = "gizmos", .alias = "", .doc = "Has all sorts."};
  schema::ObjectMeta meta;
  std::string name, color, key, phase;
  std::int64_t size = 0;
  json::Value tags;

  static constexpr auto fields() {
    using Self = Gizmo;
    using namespace schema;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "Its name.", required), field<&Self::color>("Color", "May be absent."),
                   field<&Self::key>("Key", "Hidden.", secret),
                   field<&Self::phase>("Phase", "Written by its controller.", schema::status),
                   field<&Self::size>("Size", "Never absent.").defaults_to("1"),
                   field<&Self::tags>("Tags", "Anything.")});
  }
};

constexpr const char* kSecret = "swordfish";

/// Without null inside: a merge patch cannot tell it from what is absent.
json::Value any_tags() {
  return must(json::parse(*rc::gen::element<std::string>(
      "1", R"("x")", "[]", "{}", R"({"a":1})", R"({"a":{"b":2},"c":[1,{"d":3}]})", R"({"a":{"e":false}})", "[1,2]")));
}

json::Object any_members() {
  json::Object out;
  if (*rc::gen::arbitrary<bool>()) out.set("Color", *rc::gen::element<std::string>("red", "blue"));
  if (*rc::gen::arbitrary<bool>()) out.set("Size", *rc::gen::inRange(0, 3));
  if (*rc::gen::arbitrary<bool>()) out.set("Tags", any_tags());
  if (*rc::gen::arbitrary<bool>()) out.set("Key", kSecret + std::to_string(*rc::gen::inRange(0, 2)));
  return out;
}

class HistoryProperty : public ::testing::Test {
 protected:
  using States = std::map<store::Sequence, std::optional<json::Value>>;

  ObjectId write(Write::Op op, ObjectId id, json::Value body, bool by_controller = false) {
    Write write{.op = op, .kind = "Gizmo", .id = id, .body = std::move(body), .version = {}, .observed = {}};
    write.by_controller = by_controller;
    return must(world_.objects().write(std::move(write), {})).id;
  }
  void write_any(ObjectId id) {
    json::Object body = any_members();
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        write(Write::Op::merge, id, json::Object{{"Phase", *rc::gen::element<std::string>("a", "b")}}, true);
        break;
      case 1:
        if (*rc::gen::arbitrary<bool>()) body.set(*rc::gen::element<std::string>("Color", "Key", "Tags"), nullptr);
        if (!body.empty()) write(Write::Op::merge, id, std::move(body));
        break;
      case 2:
        body.set("Name", "g");
        write(Write::Op::replace, id, std::move(body));
        break;
      default:
        if (!body.empty()) write(Write::Op::patch, id, std::move(body));
    }
  }
  /// A history of one object among changes of another: what it was after each sequence.
  States write_history(ObjectId& id, ObjectId other) {
    States states;
    json::Object body = any_members();
    body.set("Name", "g");
    id = write(Write::Op::create, 0, std::move(body));
    const auto note = [&] {
      const auto object = must(world_.objects().find("Gizmo", id));
      states[must(world_.store().head())] =
          object ? std::optional(apiserver::logged_members(*kind_, object->data)) : std::nullopt;
    };
    note();
    for (int writes = *rc::gen::inRange(0, 20); writes > 0; --writes) {
      if (*rc::gen::inRange(0, 4) == 0) write_any(other);
      write_any(id);
      note();
    }
    if (*rc::gen::arbitrary<bool>()) write(Write::Op::remove, id, {});
    note();
    return states;
  }
  http::Response get(ObjectId id, const std::string& rest, const std::string& query) {
    apiserver::Call call{
        .request = {}, .query = http::Query::parse(query), .parameters = {std::to_string(id)}, .context = {}};
    if (rest.empty()) return apiserver::answer_past(world_.objects(), *kind_, call);
    const auto match = router_.find("GET", "/v0/gizmos/" + std::to_string(id) + rest);
    return (*match.handler)(call);
  }
  void check_states(ObjectId id, const States& states) {
    for (const auto& [sequence, expected] : states) {
      const auto response = get(id, "", "at=" + std::to_string(sequence));
      RC_ASSERT(response.status == (expected ? 200 : 404));
      if (!expected) continue;
      json::Value found = must(json::parse(response.body)).at("Data").as_array().front();
      RC_ASSERT(found.as_object().erase("ID"));
      RC_ASSERT(found == *expected);
      RC_ASSERT(response.body.find(kSecret) == std::string::npos);
    }
  }
  void check_replay(ObjectId id, const States& states) {
    const auto response = get(id, "/history", "size=-1");
    RC_ASSERT(response.status == 200);
    RC_ASSERT(response.body.find(kSecret) == std::string::npos);
    const json::Value body = must(json::parse(response.body));
    const json::Array& changes = body.at("Data").as_array();
    json::Value state = json::Object{};
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      if (const json::Value* patch = change->find("Patch")) json::apply_merge_patch(state, *patch);
      const auto known = states.find(*change->at("Sequence").as_int());
      if (known != states.end() && known->second) RC_ASSERT(state == *known->second);
    }
    RC_ASSERT(changes.back().at("Verb") == json::Value("created"));
    RC_ASSERT((changes.front().at("Verb") == json::Value("deleted")) == !states.rbegin()->second);
  }

  World world_{[] { return Reconcilers(); }, {.kinds = schema::describe_all<Gizmo>()}};
  const schema::KindDescriptor* kind_ = world_.objects().registry().find("Gizmo");
  apiserver::Router router_;
};

TEST_F(HistoryProperty, TheStateAtEachSequenceIsTheOneThatWasThere) {
  apiserver::add_history_routes(router_, world_.objects());
  const ObjectId other = write(Write::Op::create, 0, json::Object{{"Name", "other"}});
  EXPECT_TRUE(rc::check([&] {
    ObjectId id = 0;
    const States states = write_history(id, other);
    check_states(id, states);
    check_replay(id, states);
  }));
}

}  // namespace
}  // namespace threeport::testing
