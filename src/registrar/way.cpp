// SPDX-License-Identifier: GPL-3.0-or-later
#include "registrar/way.hpp"

namespace carillon::registrar {

namespace {

/// How often a device that keeps its flow says so, in seconds (RFC 5626 §4.4.1): NAT and firewalls forget within minutes.
constexpr std::uint64_t flow_timer = 120;

std::size_t count_of(const sip::Message& message, sip::HeaderId id) {
  std::size_t count = 0;
  for ([[maybe_unused]] std::string_view value : message.values(id)) ++count;
  return count;
}

}  // namespace

WayFound find_way(const agent::Incoming& incoming, bool names_flow) {
  WayFound found;
  bool is_edge_outbound = false;
  for (std::string_view value : incoming.message.values(sip::HeaderId::path)) {
    const auto address = sip::NameAddr::parse(value);
    const bool is_route = address && address->uri.is_sip() && address->uri.params.find("lr").has_value();
    if (!is_route || value.size() > Way::path_bytes_max || found.way.path.size() == Way::path_max) return {.status = 400};
    found.way.path.emplace_back(value);
    is_edge_outbound = address->uri.params.find("ob").has_value();  // The last was written by the proxy next to the device.
  }
  // By UDP a device would keep its flow with STUN, which is not spoken here: there its registration is an ordinary one.
  const bool is_wanted = names_flow && incoming.flow.transport != net::Transport::udp &&
                         incoming.message.lists(sip::HeaderId::supported, "outbound");
  if (!is_wanted) return found;
  const bool is_direct = count_of(incoming.message, sip::HeaderId::via) == 1;
  if (!is_direct && !is_edge_outbound) return {.status = 439};
  found.way.is_outbound = true;
  return found;
}

void write_way(sip::Writer& writer, const Way& way, const sip::Message& request) {
  if (request.lists(sip::HeaderId::supported, "path"))
    for (const std::string& each : way.path) writer.header(sip::HeaderId::path, each);
  writer.header(sip::HeaderId::supported, "path, outbound");
  if (!way.is_outbound) return;
  writer.header(sip::HeaderId::require, "outbound");
  writer.header(sip::HeaderId::flow_timer, flow_timer);
}

}  // namespace carillon::registrar
