// SPDX-License-Identifier: GPL-3.0-or-later
// What a password is given to (reliability T-05): challenges of one realm that is known beforehand, once in an exchange, and once
// more for a nonce that was too old.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace carillon::sip {

/// Who we are in a realm; both keys are lower-case hex. An empty realm is none.
struct PinnedLogin {
  std::string_view user;
  std::string_view realm;
  std::string_view ha1_md5;
  std::string_view ha1_sha256;
};

/// A header field of the request's next copy.
struct Authorization {
  HeaderId header{};
  std::string value;
};

/// The answer to a 401 or 407; nothing when it gets none. `answered`: how many challenges of this exchange were, this one
/// included afterwards.
std::optional<Authorization> answer_challenge(const Message& response, const PinnedLogin& login, Method method,
                                              std::string_view uri, unsigned& answered);

}  // namespace carillon::sip
