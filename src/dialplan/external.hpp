// SPDX-License-Identifier: GPL-3.0-or-later
// A call to the world: its number, with which number it is made, whether it may be made at all, and by which carriers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dialplan/reason.hpp"
#include "directory/snapshot.hpp"

namespace carillon::dialplan {

/// Who calls. Whoever forwards or transfers a call makes it, with its own rights and numbers.
struct Caller {
  const directory::Customer& customer;
  const directory::User* user = nullptr;          ///< Null: a telephone of nobody's, or a PBX.
  const directory::Terminal* terminal = nullptr;  ///< Null: it is gone.
  std::string_view claimed = {};                  ///< With which number its device says that it calls, as it writes numbers.
  Instant instant = {};                           ///< When it calls: prices have their time.
  /// A number of its own, as read_own_number() gives it, from which it sends this call on; empty: it does not.
  std::string_view redirecting = {};

  /// What it says of its calls itself; null: nothing.
  const directory::Line* line() const { return terminal == nullptr ? nullptr : terminal->line; }
};

/// With which number a call is made.
struct Cli {
  std::string number = {};              ///< In E.164 with +; empty: an emergency call of somebody who has none.
  const directory::Ddi* ddi = nullptr;  ///< That it is; null: a number of others that the caller may use.
  bool is_withheld = false;             ///< The called side is not told.
  std::string asserted = {};            ///< Where that is somebody else's, the caller's own, likewise; empty: it is the caller's.
  std::string redirecting = {};         ///< The platform's word for whoever sends the call on, likewise; empty: nobody.
};

/// A call that may be made. Pointers live as long as the snapshot.
struct External {
  std::string number;  ///< In E.164 with +; an emergency number as it was dialled.
  Cli cli;
  bool is_emergency = false;
  std::vector<const directory::Carrier*> carriers = {};  ///< That take an emergency call after the routes' own: all there are.
  std::optional<directory::FoundPrice> price = {};       ///< Nothing: it needs none, or its carriers are rated elsewhere.
  std::vector<const directory::Route*> routes;  ///< As they are to be tried; those of equal pattern and priority share the calls.
};

/// A call to a number of the platform: it never leaves it.
struct OnNet {
  std::string number;  ///< In E.164 with +.
  Cli cli;
  const directory::Customer* customer = nullptr;    ///< Whose number it is.
  std::optional<directory::FoundPrice> price = {};  ///< Nothing: it needs none.
};

struct ExternalDecision {
  std::string number;  ///< In E.164 with +; empty: what was dialled cannot be one.
  std::variant<External, OnNet, Refusal> answer;
};

/// What a caller dialled, in E.164 with +, or as it is when it cannot be read so. The outbound prefix and the tag are off
/// already.
std::string read_dialled(const directory::Snapshot& snapshot, const Caller& caller, std::string_view dialled);

/// A number that a terminal says is its own, in E.164 with +; empty when it is not one that it may call with (reliability T-09).
std::string read_own_number(const directory::Snapshot& snapshot, const Caller& caller, std::string_view said);

/// The transformations of a PBX, else of its customer; null: there are none.
const directory::TransformationSet* find_transformation(const directory::Snapshot& snapshot, const directory::Customer& customer,
                                                        const directory::Line* line);

/// Whether help answers at that number, dialled with or without the prefix and a tag, be it anybody's; the bare number, else
/// empty.
std::string_view emergency_number(const directory::Customer& customer, std::string_view dialled);

/// The way of a number that is nobody's inside: `dialled` as normalise_number() left it. Leaves its reasons, one for each step.
ExternalDecision decide_external(const directory::Snapshot& snapshot, const Caller& caller, std::string_view dialled,
                                 std::vector<Reason>& reasons);

/// The way of a call for help: no lock, list or limit keeps it, and any carrier will do (reliability, section 6.1).
External decide_emergency(const directory::Snapshot& snapshot, const Caller& caller, std::string_view number,
                          std::vector<Reason>& reasons);

}  // namespace carillon::dialplan
