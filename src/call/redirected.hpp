// SPDX-License-Identifier: GPL-3.0-or-later
// Who sent a call on, and what each side that is called is told of it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/redirecting.hpp"
#include "sip/header_id.hpp"
#include "sip/redirection.hpp"

namespace carillon::call {

using Headers = std::vector<std::pair<sip::HeaderId, std::string>>;

struct Redirected {
  sip::Redirection how;  ///< Its user is not looked at.
  std::string network;   ///< The number that the platform knows of whoever did it, as the side reads numbers; empty: nobody did.
  std::string user;      ///< The number that it gives itself, likewise; empty: it gives none.
};

/// As whom the side reads it in which header field.
struct RedirectedAs {
  model::Redirecting diversion{};
  model::Redirecting history_info{};
  std::string_view host;    ///< Of its address there.
  std::string_view target;  ///< The Request-URI of the side.
};

void add_redirected(Headers& headers, const Redirected& redirected, const RedirectedAs& as);

}  // namespace carillon::call
