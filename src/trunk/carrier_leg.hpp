// SPDX-License-Identifier: GPL-3.0-or-later
// What the INVITE to a carrier's server looks like: the numbers as the carrier writes them, who calls as far as it may know
// (RFC 3323, RFC 3325), and who sent the call here.
#pragma once

#include <string>

#include "agent/redialler.hpp"
#include "call/party.hpp"
#include "call/ports.hpp"
#include "dialplan/external.hpp"

namespace carillon::trunk {

/// What a server is told of one call.
struct CarrierLeg {
  call::Contact contact;  ///< Where the INVITE goes; its trunk side has the header fields.
  call::Party from;
  call::Party to;
  std::string number;  ///< The called one, as it stands in the Request-URI.
};

/// Whose call it is.
struct Subscriber {
  Id<model::Customer> customer;
  Id<model::Terminal> terminal;  ///< None: nobody's telephone makes it.
};

/// Who calls, as the call knows it.
struct Identity {
  std::string number;           ///< Of the DDI that the call is made with, in E.164 with +; empty: none.
  bool is_anonymous = false;    ///< Does not want to be known; an emergency call's is never.
  std::string asserted;         ///< What the platform vouches for, where that is not it; empty: it is.
  call::Redirected redirected;  ///< Who sent the call on, in E.164 with +.
  Subscriber subscriber;        ///< With whose login, where it has one of its own at the carrier.
};

/// `way` leads to the server.
CarrierLeg make_carrier_leg(const directory::CarrierServer& server, const dialplan::External& external, const Identity& identity,
                            const agent::Way& way, const std::string& own_host);

/// What belongs to an established leg of the carrier's, which was taken up after a restart: of its server at that address, if it
/// is still there. Who was told what is in the dialog; `certificate` is whose it showed.
std::shared_ptr<const call::TrunkSide> side_towards(const directory::Carrier& carrier, const Subscriber& caller,
                                                    const net::Address& remote, std::string certificate);

/// Whose share of connections those to this server are of.
agent::Payer payer_of(const directory::CarrierServer& server);

/// A host as it stands in URIs: IPv6 in brackets.
std::string uri_host(const std::string& host);

}  // namespace carillon::trunk
