// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialplan/reason.hpp"

#include <array>

namespace carillon::dialplan {

std::string_view text_of(Refusal refusal) {
  static constexpr std::array<std::string_view, 14> texts = {"the customer does not exist",
                                                             "nothing was dialled",
                                                             "neither a number nor a code",
                                                             "nobody has this number",
                                                             "not in this version",
                                                             "dialled without the prefix for numbers outside",
                                                             "locked",
                                                             "not allowed to this caller",
                                                             "the caller has no number to call with",
                                                             "blocked",
                                                             "no carrier takes this number",
                                                             "the number that the caller shows is not its",
                                                             "no routing tag of this customer's",
                                                             "calls to this number have no price"};
  return texts[static_cast<std::size_t>(refusal)];
}

int sip_status(Refusal refusal) {
  switch (refusal) {
    case Refusal::empty_number:
      return 484;  // RFC 3261 §21.4.22
    case Refusal::locked:
    case Refusal::denied:
    case Refusal::no_ddi:
    case Refusal::blocked:
    case Refusal::foreign_number:
    case Refusal::no_tag:
      return 403;
    case Refusal::no_price:
      return 402;  // RFC 3261 §21.4.3: there is no other that says so.
    default:
      return 404;
  }
}

std::string_view phrase_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::locked:
      return "Caller locked";
    case Refusal::denied:
      return "Blocked by call ACL";
    case Refusal::no_ddi:
      return "No number to call with";
    case Refusal::blocked:
      return "Blocked by Admin";
    case Refusal::no_price:
      return "No price";
    default:
      return {};
  }
}

std::string_view text_of(Step step) {
  static constexpr std::array<std::string_view, 15> texts = {"caller",       "emergency", "number", "extension", "friend pattern",
                                                             "service code", "external",  "tag",    "lock",      "acl",
                                                             "ddi",          "on-net",    "price",  "route",     "target"};
  return texts[static_cast<std::size_t>(step)];
}

}  // namespace carillon::dialplan
