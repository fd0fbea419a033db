// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/redirected.hpp"

#include <fmt/format.h>

#include "sip/uri.hpp"

namespace carillon::call {

namespace {

/// Its address; empty: it is not told.
std::string address_of(const Redirected& redirected, model::Redirecting as, std::string_view host) {
  if (as == model::Redirecting::none || redirected.network.empty()) return {};
  const bool is_own = as == model::Redirecting::user && !redirected.user.empty();
  return fmt::format("sip:{}@{}", sip::escape_user(is_own ? redirected.user : redirected.network), host);
}

}  // namespace

void add_redirected(Headers& headers, const Redirected& redirected, const RedirectedAs& as) {
  if (const std::string address = address_of(redirected, as.diversion, as.host); !address.empty())
    headers.emplace_back(sip::HeaderId::diversion, sip::write_diversion(redirected.how, address));
  if (const std::string address = address_of(redirected, as.history_info, as.host); !address.empty())
    headers.emplace_back(sip::HeaderId::history_info, sip::write_history(redirected.how, address, as.target));
}

}  // namespace carillon::call
