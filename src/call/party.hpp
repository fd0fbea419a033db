// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a telephone shows at the other end.
#pragma once

#include <string>
#include <string_view>

namespace carillon::call {

/// Who stands behind a leg, for the header fields that name people.
struct Party {
  std::string user;       ///< User part: extension or number.
  std::string domain;     ///< The customer's SIP domain.
  std::string display;    ///< Display name, may be empty.
  bool is_phone = false;  ///< Its user part is told to be a number, if it is one.

  std::string address() const;                        ///< As in From or To: `"Alice Alison" <sip:101@users.example>`.
  static Party of_address(std::string_view address);  ///< What address() wrote; of another text, nobody.

  /// Who does not want to be known.
  static Party anonymous(const std::string& domain);
  bool is_anonymous() const { return user == "anonymous"; }
};

}  // namespace carillon::call
