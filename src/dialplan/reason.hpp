// SPDX-License-Identifier: GPL-3.0-or-later
// The words in which a decision explains itself: its steps, and why a call is not made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::dialplan {

/// Why a call is not set up. sip_status() says what the caller hears.
enum class Refusal : std::uint8_t {
  unknown_customer,  ///< The customer is gone from the snapshot.
  empty_number,      ///< Nothing was dialled.
  malformed_number,  ///< Neither a number nor a code.
  unknown_number,    ///< An internal number that nobody has, or nothing that the world could have.
  no_such_code,      ///< A service code of this version's: there is none.
  no_prefix,         ///< An external number without the prefix that the customer dials before such.
  locked,            ///< The caller or its customer may not.
  denied,            ///< The caller's ACL says no.
  no_ddi,            ///< There is no number to call with.
  blocked,           ///< A route of the brand's blocks the number.
  no_route,          ///< No carrier takes it.
  foreign_number,    ///< The caller's device says that it calls with a number that is not its.
  no_tag,            ///< Dialled with a routing tag that the customer does not have.
  no_price           ///< The customer's plans have no price for it.
};

std::string_view text_of(Refusal refusal);
int sip_status(Refusal refusal);
/// What stands behind the status for the people at the caller's telephone; empty: what the status says anyway.
std::string_view phrase_of(Refusal refusal);

/// The classes a dialled number is tried against, in this order.
enum class Step : std::uint8_t {
  caller,
  emergency,
  number,
  extension,
  friend_pattern,
  service_code,
  external,
  tag,
  lock,
  acl,
  ddi,
  on_net,
  price,
  route,
  target
};
std::string_view text_of(Step step);

/// One line of the explanation.
struct Reason {
  Step step;
  std::string text;
  bool is_brands = false;  ///< It names carriers, which are no business of customers.
};

}  // namespace carillon::dialplan
