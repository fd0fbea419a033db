// SPDX-License-Identifier: GPL-3.0-or-later
// Where a call goes and why: one pure function for the call path, `carillon explain` and the portal alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "directory/snapshot.hpp"

namespace carillon::dialplan {

/// What is known when somebody has dialled.
struct Facts {
  Id<model::Customer> customer;
  Id<model::Terminal> terminal;  ///< The caller's, after digest; none when the caller is not one of ours.
  std::string_view dialled;      ///< The user part of the Request-URI, unescaped.
  Instant instant;
};

/// Why a call is not set up. sip_status() says what the caller hears.
enum class Refusal : std::uint8_t {
  unknown_customer,    ///< The customer is gone from the snapshot.
  empty_number,        ///< Nothing was dialled.
  malformed_number,    ///< Neither a number nor a code.
  unknown_number,      ///< An internal number that nobody has.
  not_in_this_version  ///< A service code or an external number.
};

std::string_view text_of(Refusal refusal);
int sip_status(Refusal refusal);

/// The classes a dialled number is tried against, in this order.
enum class Step : std::uint8_t { caller, number, extension, friend_pattern, service_code, external, target };
std::string_view text_of(Step step);

/// One line of the explanation.
struct Reason {
  Step step;
  std::string text;
};

struct Decision {
  std::string number;  ///< What was dialled, normalised; what records show as callee until a target is known.
  std::variant<directory::Target, Refusal> answer;  ///< The target's pointers live as long as the snapshot.
  const directory::Extension* extension = nullptr;  ///< The extension that matched.
  std::vector<Reason> reasons;

  bool is_refused() const { return std::holds_alternative<Refusal>(answer); }
};

/// Never waits and never fails: what cannot be routed is a refusal with its reasons.
Decision decide(const directory::Snapshot& snapshot, const Facts& facts);

/// The reasons, one line each ("extension: 102 is Bob Bobson"), at most 4 kB: for people and for the decision log of the record.
std::string explain(const Decision& decision);

/// Without the visual separators of RFC 3966 §5.1.1; `nullopt` when something else than digits, a leading +, * or # remains.
std::optional<std::string> normalise_number(std::string_view dialled);

}  // namespace carillon::dialplan
