// SPDX-License-Identifier: GPL-3.0-or-later
// A flow as transactions carry it: they copy and compare it without knowing the network.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/network.hpp"
#include "sip/transaction.hpp"

namespace carillon::agent {

/// "udp", "tcp", "tls", …: as in URIs.
std::string_view transport_name(net::Transport transport);

sip::Hop to_hop(const net::Flow& flow);
net::Flow to_flow(const sip::Hop& hop);

/// The way between two customers of the platform (ruling 11): what is sent goes to the mailbox of the shard that has the other's
/// slot, and nothing from the network can come by it. `host` is an address of ours, which media may use too.
net::Flow on_net_flow(const net::Address& host, std::uint8_t own_slot, std::uint8_t other_slot);
bool is_on_net(const net::Flow& flow);
/// The slot of the customer at the other end.
std::uint8_t other_slot(const net::Flow& on_net);
/// The same way as the other end has it.
net::Flow reversed(const net::Flow& on_net);

/// A flow for the journal: "udp 0 192.0.2.1:5060 198.51.100.7:40123", and back. A connection does not survive a restart, so a
/// flow that was read names none.
std::string flow_text(const net::Flow& flow);
void append_flow_text(std::string& out, const net::Flow& flow);
std::optional<net::Flow> parse_flow(std::string_view text);

}  // namespace carillon::agent
