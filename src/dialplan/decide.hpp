// SPDX-License-Identifier: GPL-3.0-or-later
// Where a call goes and why: one pure function for the call path, `carillon explain` and the portal alike.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "dialplan/external.hpp"
#include "dialplan/reason.hpp"
#include "directory/snapshot.hpp"

namespace carillon::dialplan {

/// What is known when somebody has dialled.
struct Facts {
  Id<model::Customer> customer;
  Id<model::Terminal> terminal;  ///< The caller's, after digest.
  std::string_view dialled;      ///< The user part of the Request-URI, unescaped.
  Instant instant;
  std::string_view claimed = {};      ///< With which number the caller's device says that it calls, as it writes numbers.
  std::string_view redirecting = {};  ///< As Caller has it.
};

struct Decision {
  std::string number;  ///< What was dialled, normalised; what records show as callee until a target is known.
  std::variant<directory::Target, External, OnNet, Refusal> answer;  ///< Pointers live as long as the snapshot.
  const directory::Extension* extension = nullptr;                   ///< The extension that matched.
  bool is_external = false;                                          ///< It went to the world, or was to.
  std::vector<Reason> reasons;

  bool is_refused() const { return std::holds_alternative<Refusal>(answer); }
};

/// Never waits and never fails: what cannot be routed is a refusal with its reasons.
Decision decide(const directory::Snapshot& snapshot, const Facts& facts);

/// Where the calls of a DDI go: what its customer says of it.
Decision decide_inbound(const directory::Customer& customer, const directory::Ddi& ddi);

/// The reasons, one line each ("extension: 102 is Bob Bobson"), at most 4 kB: for people and for the decision log of the record.
std::string explain(const Decision& decision);
std::string explain(std::span<const Reason> reasons);

/// Without the visual separators of RFC 3966 §5.1.1; `nullopt` when something else than digits, a leading + (of all, or behind a
/// #), * or # remains.
std::optional<std::string> normalise_number(std::string_view dialled);

}  // namespace carillon::dialplan
