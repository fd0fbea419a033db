// SPDX-License-Identifier: GPL-3.0-or-later
// Each configured thing is declared once: FIELD makes the member and the FieldInfo from which validation, SQL, JSON and more are
// ordinary code. Nothing here is generated and nothing is a template per resource.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/id.hpp"
#include "base/money.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "model/feature.hpp"
#include "model/role.hpp"

namespace carillon::model {

/// What a field holds. Each generic operation is one switch over these.
enum class Kind : std::uint8_t {
  id,           ///< Id<T>, zero = none: bigint or null in SQL, base 32 in JSON. The field named "id" is the key.
  call,         ///< CallId, zero = none: 32 hex digits.
  text,         ///< std::string, shaped by Form.
  secret,       ///< Secret: stored, never shown.
  json,         ///< Json: text in SQL, the value itself in JSON.
  integer,      ///< std::int64_t.
  boolean,      ///< bool: 0 or 1 in SQL.
  enumeration,  ///< An enum class of one byte with a choices() beside it: its name everywhere.
  set,          ///< Set of those: names with a space between two in SQL, an array of names in JSON.
  instant,      ///< Instant, zero = not yet: bigint microseconds UTC or null, RFC 3339 in JSON.
  duration,     ///< std::chrono::milliseconds: column `name_ms`, JSON `nameSeconds` with three decimals.
  money,        ///< Money: bigint millionths in SQL, a decimal text in JSON; its currency stands elsewhere.
};

/// The shape of a text.
enum class Form : std::uint8_t {
  any,        ///< No control characters.
  name,       ///< What may stand unescaped as a SIP user or a login: letters, digits and -_.!~*'()@+
  digits,     ///< 0-9 only.
  dialled,    ///< What a telephone can dial: letters, digits and +*#-_.
  email,      ///< something@something, no spaces.
  domain,     ///< Lower-case host name.
  country,    ///< ISO 3166, two capitals.
  countries,  ///< Some of those, with a space between two.
  language,   ///< Two lower-case letters, optionally _ and two capitals.
  currency,   ///< ISO 4217, three capitals.
  time_zone,  ///< Area/City, one of the system's.
  network,    ///< 203.0.113.0/24, 2001:db8::/32, or one address.
  lines,      ///< No control characters but line ends.
  numbers,    ///< Of digits, with a space between two: "112 091".
  e164,       ///< +34941941941: 7 to 15 digits behind the +.
};

/// Which part of the tenant path a field is. A user sees the rows that one of the fields marked so names.
enum class Tenant : std::uint8_t { none, brand, customer, user };

/// Where no two objects may have the same value. Empty texts and ids do not count.
enum class Unique : std::uint8_t { no, customer, brand, platform };

using Text = std::string;
using Integer = std::int64_t;
using Boolean = bool;
using Milliseconds = std::chrono::milliseconds;

/// A JSON value as text.
struct Json {
  std::string text;
  bool operator==(const Json&) const = default;
};

/// An enumeration that can be a field: one byte, values from 0, `choices(E)` gives its names in order.
template <class E>
concept Choice = std::is_enum_v<E> && sizeof(E) == 1 && requires(E e) { std::span<const std::string_view>(choices(e)); };

/// Some of the choices of an enumeration, 64 at most.
template <Choice E>
struct Set {
  std::uint64_t bits = 0;
  constexpr bool has(E choice) const { return (bits >> static_cast<unsigned>(choice) & 1) != 0; }
  bool operator==(const Set&) const = default;
};

template <Choice E>
constexpr std::string_view text_of(E value) {
  return choices(value)[static_cast<std::size_t>(value)];
}

/// One field of a resource. Filled by FIELD; `.max = 64` and the like come from the declaration.
struct FieldInfo {
  std::string_view name;  ///< As in C++ and SQL: snake_case.
  Kind kind = Kind::text;
  std::uint16_t offset = 0;                        ///< Where the member is in its struct.
  std::span<const std::string_view> choices = {};  ///< Of an enumeration or set.
  std::string_view references = {};                ///< Of an id: the table in which it stands.
  Form form = Form::any;
  Tenant tenant = Tenant::none;
  Unique unique = Unique::no;
  bool required = false;           ///< Must not be empty or zero.
  bool read_only = false;          ///< Written by the platform, not by the API.
  bool derived = false;            ///< Of what is read-only: follows from something else and changes with it.
  bool fixed = false;              ///< Chosen when the object is made, never changed.
  bool hidden = false;             ///< Not shown by the API, though no secret.
  bool transient = false;          ///< Said by whoever writes, never stored or shown: a password that is kept as a hash.
  bool yields = false;             ///< A reference that is emptied when what it refers to goes; others keep that from going.
  bool part = false;               ///< A reference to what it is a part of: it goes when that goes.
  bool title = false;              ///< What people call the object by.
  std::optional<Role> read = {};   ///< The lowest role that sees it, when not the resource's.
  std::optional<Role> write = {};  ///< The lowest role that changes it, when not the resource's: may be lower or higher.
  /// "customer.language": what counts while it is empty, zero or the choice without a name. "settings.language": the platform's.
  std::string_view inherits = {};
  std::int64_t min = 0;  ///< Least integer or millionths, or least characters of a text that is not empty.
  std::int64_t max =
      0;  ///< Greatest integer or millionths, or most bytes of a text; 0 = 255 bytes for texts, no limit for the rest.
  std::int64_t initial = 0;  ///< The value of a new object (integers, booleans, enumerations and sets).
};

/// What the API does with a resource, beside keeping each caller to its tenant.
struct Access {
  Role read = Role::customer;           ///< The lowest role that sees it.
  Role write = Role::customer;          ///< The lowest that makes, changes and deletes it.
  bool is_shared = false;               ///< The platform's, and everybody's to read.
  bool is_lent = false;                 ///< What has no customer is the brand's, and its customers read it and refer to it.
  bool is_record = false;               ///< Written by the platform alone.
  bool is_catalogue = false;            ///< Comes with the release: nobody makes or deletes it, its codes are fixed.
  std::optional<Feature> feature = {};  ///< Without which it is not there.
  std::string_view by_time = {};        ///< The instant it is paged by, with cursors: there may be millions.

  /// Whether people make and delete it.
  constexpr bool is_made() const { return !is_record && !is_catalogue; }
  /// Everybody reads it, the platform's operator changes what is not fixed.
  static constexpr Access of_catalogue() {
    return {.read = Role::user, .write = Role::platform, .is_shared = true, .is_catalogue = true};
  }
};

/// Everything generic code needs to know about a struct made of FIELDs.
struct Resource {
  std::string_view table;  ///< Plural, snake_case; the API's collection in kebab-case.
  std::span<const FieldInfo> fields;
  std::string_view target_kind = {};  ///< For what a call can be routed to: its kind in `targets`, where each row has a twin.
  std::string_view type = {};         ///< As in C++: CustomerNetwork.
  Access access = {};
  void* (*copy)(const void* object) = nullptr;  ///< Of null: a new one.
  void (*drop)(void* object) = nullptr;
  const FieldInfo* find(std::string_view name) const;       ///< By C++ name; null when there is none.
  const FieldInfo* find_json(std::string_view name) const;  ///< By JSON name.
};

/// An object whose type the code that handles it does not know.
class Object {
 public:
  explicit Object(const Resource& resource) : resource_(&resource), object_(resource.copy(nullptr)) {}
  Object(const Object& other) : resource_(other.resource_), object_(other.resource_->copy(other.object_)) {}
  Object(Object&& other) noexcept : resource_(other.resource_), object_(std::exchange(other.object_, nullptr)) {}
  Object& operator=(Object other) noexcept {
    std::swap(resource_, other.resource_);
    std::swap(object_, other.object_);
    return *this;
  }
  ~Object() {
    if (object_ != nullptr) resource_->drop(object_);
  }
  const Resource& resource() const { return *resource_; }
  void* get() { return object_; }
  const void* get() const { return object_; }
  /// As what it is: T must be the type of its resource.
  template <class T>
  T& as() {
    return *static_cast<T*>(object_);
  }
  template <class T>
  const T& as() const {
    return *static_cast<const T*>(object_);
  }

 private:
  const Resource* resource_;
  void* object_;
};

std::string json_name(const FieldInfo& field);    ///< lastName, durationSeconds.
std::string column_name(const FieldInfo& field);  ///< last_name, duration_ms.

/// Copies one member from an object of the same type.
void assign(const FieldInfo& field, void* to, const void* from);

/// The member of `object` that a field names, as the type its kind says.
template <class T>
T& member(void* object, const FieldInfo& field) {
  return *reinterpret_cast<T*>(static_cast<std::byte*>(object) + field.offset);
}
template <class T>
const T& member(const void* object, const FieldInfo& field) {
  return *reinterpret_cast<const T*>(static_cast<const std::byte*>(object) + field.offset);
}

// ---- machinery of the two macros
// ------------------------------------------------------------------------------------------------

template <class T>
struct KindOf;
template <class T>
struct KindOf<Id<T>> : std::integral_constant<Kind, Kind::id> {};
template <>
struct KindOf<CallId> : std::integral_constant<Kind, Kind::call> {};
template <>
struct KindOf<Text> : std::integral_constant<Kind, Kind::text> {};
template <>
struct KindOf<Secret> : std::integral_constant<Kind, Kind::secret> {};
template <>
struct KindOf<Json> : std::integral_constant<Kind, Kind::json> {};
template <>
struct KindOf<Integer> : std::integral_constant<Kind, Kind::integer> {};
template <>
struct KindOf<bool> : std::integral_constant<Kind, Kind::boolean> {};
template <>
struct KindOf<Instant> : std::integral_constant<Kind, Kind::instant> {};
template <>
struct KindOf<Milliseconds> : std::integral_constant<Kind, Kind::duration> {};
template <>
struct KindOf<Money> : std::integral_constant<Kind, Kind::money> {};
template <Choice E>
struct KindOf<E> : std::integral_constant<Kind, Kind::enumeration> {};
template <Choice E>
struct KindOf<Set<E>> : std::integral_constant<Kind, Kind::set> {};

template <class T>
struct ElementOf {
  using type = T;
};
template <Choice E>
struct ElementOf<Set<E>> {
  using type = E;
};
template <class T>
struct ElementOf<Id<T>> {
  using type = std::type_identity<T>;
};

template <class T>
constexpr std::span<const std::string_view> choices_of() {
  using Element = typename ElementOf<T>::type;
  if constexpr (Choice<Element>)
    return choices(Element{});
  else
    return {};
}

template <class T>
constexpr std::string_view references_of() {
  using Element = typename ElementOf<T>::type;
  if constexpr (KindOf<T>::value == Kind::id && requires { table_of(Element{}); })
    return table_of(Element{});
  else
    return {};
}

template <class T>
constexpr T initial_of(const FieldInfo& field) {
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
    return static_cast<T>(field.initial);
  else if constexpr (KindOf<T>::value == Kind::set)
    return T{static_cast<std::uint64_t>(field.initial)};
  else
    return T{};
}

template <int N>
using Line = std::integral_constant<int, N>;

constexpr int longest_declaration = 80;  ///< Lines of a struct after its RESOURCE line.

/// Fields are found by the source line they stand on: one FIELD per line, in declaration order.
template <class T>
constexpr auto collect_fields() {
  constexpr auto has = []<int N>(Line<N> line) { return requires { T::carillon_field(line); }; };
  constexpr auto walk = []<int... N>(std::integer_sequence<int, N...>, auto visit) {
    (visit(Line<T::carillon_line + 1 + N>{}), ...);
  };
  using Lines = std::make_integer_sequence<int, longest_declaration>;
  constexpr std::size_t count = [=] {
    std::size_t n = 0;
    walk(Lines{}, [&](auto line) { n += has(line) ? 1 : 0; });
    return n;
  }();
  std::array<FieldInfo, count> all{};
  std::size_t at = 0;
  walk(Lines{}, [&](auto line) {
    if constexpr (has(line)) all[at++] = T::carillon_field(line);
  });
  return all;
}

template <class T>
inline constexpr auto fields_of = collect_fields<T>();

template <class T>
constexpr std::string_view target_kind_of() {
  if constexpr (requires { T::target_kind; })
    return text_of(T::target_kind);
  else
    return {};
}

template <class T>
constexpr Access access_of() {
  if constexpr (requires { T::access; })
    return T::access;
  else
    return {};
}

template <class T>
void* copy_of(const void* object) {
  return (object == nullptr ? std::make_unique<T>() : std::make_unique<T>(*static_cast<const T*>(object))).release();
}
template <class T>
void drop(void* object) {
  const std::unique_ptr<T> owner(static_cast<T*>(object));
}

template <class T>
inline constexpr Resource resource_of{.table = T::carillon_table,
                                      .fields = fields_of<T>,
                                      .target_kind = target_kind_of<T>(),
                                      .type = T::carillon_name,
                                      .access = access_of<T>(),
                                      .copy = copy_of<T>,
                                      .drop = drop<T>};

}  // namespace carillon::model

/// First line of a resource: its type and table.
#define RESOURCE(Type, table)                              \
  using Self = Type;                                       \
  static constexpr int carillon_line = __LINE__;           \
  static constexpr std::string_view carillon_name = #Type; \
  static constexpr std::string_view carillon_table = #table;

/// One field: FIELD(Text, name, .max = 64, .required = true)
#define FIELD(Type, member, ...)                                                                                               \
  Type member = ::carillon::model::initial_of<Type>(::carillon::model::FieldInfo{.name = #member __VA_OPT__(, ) __VA_ARGS__}); \
  static constexpr ::carillon::model::FieldInfo carillon_field(::carillon::model::Line<__LINE__>) {                            \
    return {.name = #member,                                                                                                   \
            .kind = ::carillon::model::KindOf<Type>::value,                                                                    \
            .offset = offsetof(Self, member),                                                                                  \
            .choices = ::carillon::model::choices_of<Type>(),                                                                  \
            .references = ::carillon::model::references_of<Type>() __VA_OPT__(, ) __VA_ARGS__};                                \
  }
