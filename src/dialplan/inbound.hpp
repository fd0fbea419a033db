// SPDX-License-Identifier: GPL-3.0-or-later
// Who is called when a carrier calls: the address it comes from names the carrier, its way of writing numbers the number, and the
// number the customer.
#pragma once

#include <string>
#include <string_view>

#include "directory/snapshot.hpp"

namespace carillon::dialplan {

using directory::Source;

struct Inbound {
  const directory::Brand* brand = nullptr;        ///< Null: no carrier calls from there.
  const directory::Carrier* carrier = nullptr;    ///< Of that brand.
  const directory::Customer* customer = nullptr;  ///< Null: nobody of the carrier's brands has the number.
  const directory::Ddi* ddi = nullptr;
  std::string number;  ///< That is called, in E.164 with + if it can be read so.
  /// That the call came by: whether from there is for whoever knows where it is registered to say. Null: by its source.
  const model::CarrierRegistration* registration = nullptr;
};

/// `called`: the user part of the Request-URI, unescaped. Several carriers may call from one address: each reads the number its
/// own way, and the call is whose brand has what was read. Of several, by what tells first: the DDI is of this carrier or of
/// none; it is in a block of its brand; it ends as what was called; the carrier is known by the address and not by a name alone;
/// it is the oldest. If nobody has it, it is nobody's of the oldest carrier's.
Inbound find_inbound(const directory::Snapshot& snapshot, const Source& source, std::string_view called);

/// From how many of a carrier's sources a call of that number is another carrier's, which is meant more.
std::size_t sources_of_others(const directory::Snapshot& snapshot, const directory::Carrier& carrier, std::string_view called);

/// The same of a carrier at which we are registered too: `called` may be our Contact's user part, and then the number is in
/// `to`, To's. Whoever is called so from a source that is known has `registration` null.
Inbound find_inbound(const directory::Snapshot& snapshot, const Source& source, std::string_view called, std::string_view to);

/// The same when it is known which carrier of which brand calls.
Inbound find_inbound(const directory::Brand& brand, const directory::Carrier& carrier, std::string_view called);

/// A caller's number as its carrier writes it: E.164 with + if it can be read so, else as it is.
std::string read_caller(const directory::Carrier& carrier, std::string_view caller);

/// A number in E.164 with + as the customer's people write it: "941941941"; `line`: of a PBX, which may write otherwise.
std::string shown_number(const directory::Snapshot& snapshot, const directory::Customer& customer, std::string_view number,
                         const directory::Line* line = nullptr);

/// A called number as a PBX of the customer's wants it, likewise.
std::string asked_number(const directory::Snapshot& snapshot, const directory::Customer& customer, const directory::Line* line,
                         std::string_view number);

}  // namespace carillon::dialplan
