// SPDX-License-Identifier: GPL-3.0-or-later
// Identities: 63-bit integers for configured entities, shown in base 32 and never reused, and 128-bit ids for calls.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace carillon {

/// The id of a T. Zero means "none". Ids of all entities come from one sequence, so an id alone names one thing.
template <class T>
struct Id {
  std::int64_t value = 0;
  explicit operator bool() const { return value != 0; }
  auto operator<=>(const Id&) const = default;
};

/// 42 bits of milliseconds, 21 random bits: sortable by age, not guessable from a neighbour. Retried by the store on conflict.
std::int64_t make_entity_id(Instant now);

/// Base 32 (digits and lower-case letters without i, l, o, u), no padding: what JSON shows.
std::string to_base32(std::int64_t id);
std::optional<std::int64_t> from_base32(std::string_view text);

/// The identity of one call record, made when the INVITE is accepted; the key of journal, record and ledger.
struct CallId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const CallId&) const = default;
};

/// 48 bits of milliseconds, then 80 random bits.
CallId make_call_id(Instant now);
std::string to_hex(CallId id);            ///< 32 lower-case hex digits.
std::string to_hex(std::uint64_t value);  ///< 16 of them.
std::optional<CallId> call_id_from_hex(std::string_view text);

/// Unpredictable bits from the kernel's generator, through a per-thread buffer.
std::uint64_t random_bits();

}  // namespace carillon

template <class T>
struct std::hash<carillon::Id<T>> {
  std::size_t operator()(carillon::Id<T> id) const noexcept { return std::hash<std::int64_t>()(id.value); }
};
template <>
struct std::hash<carillon::CallId> {
  std::size_t operator()(carillon::CallId id) const noexcept { return id.low ^ (id.high * 0x9e3779b97f4a7c15U); }
};
