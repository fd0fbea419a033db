// SPDX-License-Identifier: GPL-3.0-or-later
// How Carillon says that the world said no: a value or an Error, never an exception and never a bare bool.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace carillon {

/// An enumeration whose values name failures: its module provides `constexpr std::string_view name_of(E)` beside it, with names
/// like "sip.bad_uri" (module, dot, enumerator).
template <class E>
concept FailureEnum = std::is_enum_v<E> && requires(E e) {
  { name_of(e) } -> std::convertible_to<std::string_view>;
};

/// Why something could not be done. `code` is for programs and tests, `what` is one sentence for an operator that says what to
/// do.
struct Error {
  std::string_view code;  ///< Static storage: the name_of() of the failure.
  std::string what;

  Error() = default;
  template <FailureEnum E>
  Error(E failure, std::string sentence = {}) : code(name_of(failure)), what(std::move(sentence)) {}

  template <FailureEnum E>
  bool is(E failure) const {
    return code == name_of(failure);
  }
};

/// A T, or the reason why there is none.
template <class T = void>
using Result = std::expected<T, Error>;

/// Makes the failed Result of any type: `return failure(Fault::bad_uri, "…");`
template <FailureEnum E>
[[nodiscard]] std::unexpected<Error> failure(E code, std::string sentence = {}) {
  return std::unexpected(Error(code, std::move(sentence)));
}

}  // namespace carillon

#define CARILLON_JOIN_(a, b) a##b
#define CARILLON_JOIN(a, b) CARILLON_JOIN_(a, b)

/// Declares `name` from a Result, or returns its error: CARILLON_TRY(uri, Uri::parse(text));
#define CARILLON_TRY(name, ...)                                                                               \
  auto CARILLON_JOIN(name, _result) = (__VA_ARGS__);                                                          \
  if (!CARILLON_JOIN(name, _result)) return std::unexpected(std::move(CARILLON_JOIN(name, _result)).error()); \
  auto& name = *CARILLON_JOIN(name, _result)

/// The same for a Result<void>: CARILLON_CHECK(database.execute(sql));
#define CARILLON_CHECK(...)                                               \
  if (auto carillon_check_result = (__VA_ARGS__); !carillon_check_result) \
  return std::unexpected(std::move(carillon_check_result).error())
