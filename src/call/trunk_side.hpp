// SPDX-License-Identifier: GPL-3.0-or-later
// What the leg of a carrier has instead of an account: nobody behind it has a password with us, so its requests are known by
// where they come from, and it is told of names and numbers what its contract says, and nothing of what changes inside.
#pragma once

#include <string>
#include <vector>

#include "agent/router.hpp"
#include "directory/routing.hpp"

namespace carillon::call {

struct TrunkSide {
  std::string user;         ///< Of our Contact.
  std::string identity;     ///< P-Asserted-Identity, a name-addr; empty: it is not told.
  bool is_private = false;  ///< Whoever is told it keeps it to itself (RFC 3323): Privacy goes wherever it could stand.
  std::string certificate;  ///< Whose certificate its server shows (TLS).
  agent::Payer payer;       ///< Of connections to its server.
  std::vector<directory::CarrierSource> sources;  ///< From where its requests come, besides the peer that we talk to.
  // Our answer to its challenges of this realm, and of no other (reliability T-05); no realm: none.
  std::string username;
  std::string realm;
  std::string ha1_md5;  ///< Lower-case hex.
  std::string ha1_sha256;
};

}  // namespace carillon::call
