// The fields() table: a kind is a plain struct, and one constexpr table says everything about its members.
//
//   struct Tier {
//     static constexpr KindInfo kind{.name = "Tier", .path = "tiers", .doc = "How critical an environment is.", ...};
//     ObjectMeta meta;
//     std::string name;
//     static constexpr auto fields() {
//       using Self = Tier;
//       return std::tuple_cat(ObjectMeta::fields<&Self::meta>(),
//                             std::tuple{field<&Self::name>("Name", "Unique name.", required | filter)});
//     }
//   };
//
// describe<Tier>() yields the KindDescriptor, to_json and from_json move objects in and out of their wire form.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "base/text.h"
#include "schema/descriptor.h"

namespace threeport::schema {

using ObjectId = std::int64_t;
/// Ids stay below 2^53, so that every JSON reader keeps them exact.
inline constexpr std::int64_t kMaxId = (std::int64_t{1} << 53) - 1;

/// The id of an object of kind K; 0 = none.
template <typename K>
struct Ref {
  ObjectId id = 0;
  explicit operator bool() const { return id != 0; }
  friend bool operator==(const Ref&, const Ref&) = default;
};

/// How one C++ type of a member stands in JSON. `absent` values are left out of documents.
template <typename T>
struct Codec;

template <>
struct Codec<bool> {
  static constexpr FieldType type = FieldType::boolean;
  static constexpr std::string_view references = "";
  static bool absent(bool) { return false; }
  static json::Value encode(bool value) { return value; }
  static bool decode(const json::Value& in, bool& out) {
    const bool* value = in.if_bool();
    if (value != nullptr) out = *value;
    return value != nullptr;
  }
};

template <std::integral T>
  requires(!std::same_as<T, bool>)
struct Codec<T> {
  static constexpr FieldType type = std::is_signed_v<T> ? FieldType::integer : FieldType::unsigned_integer;
  static constexpr std::string_view references = "";
  static bool absent(T) { return false; }
  static json::Value encode(T value) { return static_cast<std::int64_t>(value); }
  static bool decode(const json::Value& in, T& out) {
    const auto value = in.as_int();
    if (!value || !std::in_range<T>(*value)) return false;
    out = static_cast<T>(*value);
    return true;
  }
};

template <>
struct Codec<std::string> {
  static constexpr FieldType type = FieldType::string;
  static constexpr std::string_view references = "";
  static bool absent(const std::string&) { return false; }
  static json::Value encode(const std::string& value) { return value; }
  static bool decode(const json::Value& in, std::string& out) {
    const std::string* value = in.if_string();
    if (value != nullptr) out = *value;
    return value != nullptr;
  }
};

template <>
struct Codec<base::TimePoint> {
  static constexpr FieldType type = FieldType::timestamp;
  static constexpr std::string_view references = "";
  static bool absent(base::TimePoint value) { return value == base::TimePoint{}; }
  static json::Value encode(base::TimePoint value) { return base::format_time(value); }
  static bool decode(const json::Value& in, base::TimePoint& out) {
    auto value = base::parse_time(in.text());
    if (value) out = *value;
    return value.has_value();
  }
};

template <>
struct Codec<json::Value> {
  static constexpr FieldType type = FieldType::json;
  static constexpr std::string_view references = "";
  static bool absent(const json::Value& value) { return value.is_null(); }
  static json::Value encode(const json::Value& value) { return value; }
  static bool decode(const json::Value& in, json::Value& out) {
    out = in;
    return true;
  }
};

template <>
struct Codec<json::Array> {
  static constexpr FieldType type = FieldType::json_array;
  static constexpr std::string_view references = "";
  static bool absent(const json::Array& value) { return value.empty(); }
  static json::Value encode(const json::Array& value) { return value; }
  static bool decode(const json::Value& in, json::Array& out) {
    const json::Array* value = in.if_array();
    if (value != nullptr) out = *value;
    return value != nullptr;
  }
};

template <>
struct Codec<std::map<std::string, std::string>> {
  using Map = std::map<std::string, std::string>;
  static constexpr FieldType type = FieldType::string_map;
  static constexpr std::string_view references = "";
  static bool absent(const Map&) { return false; }
  static json::Value encode(const Map& value);
  static bool decode(const json::Value& in, Map& out);
};

template <typename K>
struct Codec<Ref<K>> {
  static constexpr FieldType type = FieldType::unsigned_integer;
  static constexpr std::string_view references = K::kind.name;
  static bool absent(Ref<K> value) { return value.id == 0; }
  static json::Value encode(Ref<K> value) { return value.id; }
  static bool decode(const json::Value& in, Ref<K>& out) {
    const auto value = in.as_int();
    if (value) out.id = *value;
    return value.has_value();
  }
};

template <typename T>
struct Codec<std::optional<T>> {
  static constexpr FieldType type = Codec<T>::type;
  static constexpr std::string_view references = Codec<T>::references;
  static bool absent(const std::optional<T>& value) { return !value.has_value(); }
  static json::Value encode(const std::optional<T>& value) { return Codec<T>::encode(*value); }
  static bool decode(const json::Value& in, std::optional<T>& out) {
    T value{};
    if (!Codec<T>::decode(in, value)) return false;
    out = std::move(value);
    return true;
  }
};

/// One row of a table: the path of member pointers that leads to the value (empty for a relation), and its properties.
template <auto... Path>
struct Field {
  FieldDescriptor properties;

  constexpr Field with(auto change) const {
    Field out = *this;
    change(out.properties);
    return out;
  }
  /// Name of the list filter where v0 has another one than the lower-case wire name; both work.
  constexpr Field query(std::string_view name) const {
    return with([&](auto& p) { p.query = name; });
  }
  /// The reference's internal name where it differs from the wire name.
  constexpr Field go_name(std::string_view name) const {
    return with([&](auto& p) { p.go_name = name; });
  }
  /// JSON text of the value that an absent member gets.
  constexpr Field defaults_to(std::string_view json_text) const {
    return with([&](auto& p) { p.default_json = json_text; });
  }
  constexpr Field required_unless(std::string_view member) const {
    return with([&](auto& p) { p.required_unless = member; });
  }
  /// 409 text when the referenced object is to be deleted while this one is live; `restricts` has one of its own.
  constexpr Field guards(std::string_view text) const {
    return with([&](auto& p) { p.guard = text; });
  }
  /// A plain number that names an object of `kind`, where a Ref would make headers include each other.
  constexpr Field refers_to(std::string_view kind) const {
    return with([&](auto& p) { p.references = kind; });
  }
  /// A relation to one object: `member` is of this kind and gets its id.
  constexpr Field belongs_to() const {
    return with([](auto& p) { p.tie = Tie::belongs_to; });
  }
  /// A relation of many to many: `kind` has `member` for this object, and another reference for the element.
  constexpr Field through(std::string_view kind) const {
    return with([&](auto& p) {
      p.tie = Tie::many_to_many;
      p.through = kind;
    });
  }
  constexpr Field one_of(std::span<const std::string_view> values) const {
    return with([&](auto& p) { p.one_of = values; });
  }
  constexpr Field bounds(std::int64_t least, std::int64_t most) const {
    return with([&](auto& p) {
      p.minimum = least;
      p.maximum = most;
    });
  }
};

namespace detail {

template <typename T>
struct MemberOf;
template <typename C, typename M>
struct MemberOf<M C::*> {
  using type = M;
};
template <auto... Path>
using LastMember = typename MemberOf<std::remove_const_t<decltype((Path, ...))>>::type;

template <auto First, auto... Rest>
constexpr decltype(auto) follow(auto& object) {
  if constexpr (sizeof...(Rest) == 0) {
    return (object.*First);
  } else {
    return follow<Rest...>(object.*First);
  }
}

template <auto First, auto...>
struct FirstOf {
  using type = std::integral_constant<decltype(First), First>;
};

/// Counts different types in a pack.
template <typename... Ts>
struct CountUnique;
template <>
struct CountUnique<> : std::integral_constant<std::size_t, 0> {};
template <typename T, typename... Ts>
struct CountUnique<T, Ts...>
    : std::integral_constant<std::size_t, CountUnique<Ts...>::value + ((std::same_as<T, Ts> || ...) ? 0 : 1)> {};

template <typename F>
struct FirstMember;  // void for relations
template <auto... Path>
struct FirstMember<Field<Path...>> {
  using type = typename FirstOf<Path...>::type;
};
template <>
struct FirstMember<Field<>> {
  using type = void;
};

/// Stands for a value of any type where a struct is initialised; never evaluated.
struct AnyValue {
  template <typename T>
  operator T&() const noexcept;  // NOLINT: implicit on purpose
};
template <typename K, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { K{(static_cast<void>(I), AnyValue{})...}; };
}

template <typename Tuple>
struct DescribedMembers;
template <typename... Fs>
struct DescribedMembers<std::tuple<Fs...>> {
  static constexpr std::size_t kVoid = (std::same_as<typename FirstMember<Fs>::type, void> || ...) ? 1 : 0;
  static constexpr std::size_t value = CountUnique<typename FirstMember<Fs>::type...>::value - kVoid;
};

}  // namespace detail

/// A row of the table. Path: pointers to members from the kind to the value. The name of a filter is `query_of(name)`.
template <auto... Path>
constexpr Field<Path...> field(std::string_view name, std::string_view doc, Flag flags = none) {
  using C = Codec<detail::LastMember<Path...>>;
  return {{.name = name,
           .go_name = {},
           .query = {},
           .doc = doc,
           .type = C::type,
           .flags = flags,
           .references = C::references,
           .guard = {},
           .relation_member = {},
           .tie = {},
           .through = {},
           .required_unless = {},
           .default_json = {},
           .one_of = {},
           .minimum = {},
           .maximum = {}}};
}

/// Objects of another kind, accepted by POST and stored as rows of their own; a list of them unless it belongs_to().
/// `member` ties the two together, see Tie. Without `association` PATCH and PUT take the member and ignore it.
constexpr Field<> relation(std::string_view name, std::string_view element_kind, std::string_view member,
                           Flag flags = association) {
  return {{.name = name,
           .go_name = {},
           .query = {},
           .doc = "Nested objects, accepted on creation.",
           .type = FieldType::relation,
           .flags = flags,
           .references = element_kind,
           .guard = {},
           .relation_member = member,
           .tie = {},
           .through = {},
           .required_unless = {},
           .default_json = {},
           .one_of = {},
           .minimum = {},
           .maximum = {}}};
}

/// True if every member of the struct stands in its table (directly or through its group): the struct can be
/// initialised with as many values as are described, but not with one more.
template <typename K>
inline constexpr bool describes_every_member =
    detail::takes<K>(std::make_index_sequence<detail::DescribedMembers<decltype(K::fields())>::value>()) &&
    !detail::takes<K>(std::make_index_sequence<detail::DescribedMembers<decltype(K::fields())>::value + 1>());

/// Calls `visit(field)` for each row of the table.
template <typename K>
constexpr void for_each_field(auto visit) {
  std::apply([&](const auto&... fields) { (visit(fields), ...); }, K::fields());
}

/// Completes what follows from the table: names of filters, indexes of references. For describe().
KindDescriptor complete(KindDescriptor descriptor);

/// The rows of the table without their paths, computed by the compiler: hundreds of fields are then data, not code.
template <typename K>
inline constexpr auto properties_of =
    std::apply([](const auto&... fields) { return std::array{fields.properties...}; }, K::fields());

template <typename K>
KindDescriptor describe() {
  return complete({K::kind, {properties_of<K>.begin(), properties_of<K>.end()}});
}

/// The wire form; absent members are left out, in the order of the table.
template <typename K>
json::Value to_json(const K& object) {
  json::Object out;
  for_each_field<K>([&]<auto... Path>(const Field<Path...>& field) {
    if constexpr (sizeof...(Path) > 0) {
      using C = Codec<detail::LastMember<Path...>>;
      const auto& value = detail::follow<Path...>(object);
      if (!C::absent(value)) out.append(std::string(field.properties.name), C::encode(value));
    }
  });
  return out;
}

/// Reads the wire form. Unknown members are skipped, null counts as absent. Error `invalid` names the member and its
/// type.
template <typename K>
base::Result<K> from_json(const json::Value& in) {
  K out{};
  std::string wrong;
  for_each_field<K>([&]<auto... Path>(const Field<Path...>& field) {
    if constexpr (sizeof...(Path) > 0) {
      const json::Value* value = in.find(field.properties.name);
      if (value == nullptr || value->is_null()) return;
      if (!Codec<detail::LastMember<Path...>>::decode(*value, detail::follow<Path...>(out)) && wrong.empty()) {
        wrong = field.properties.name;
      }
    }
  });
  if (!wrong.empty()) return base::invalid(std::string(K::kind.name) + "." + wrong + " has the wrong type");
  return out;
}

}  // namespace threeport::schema
