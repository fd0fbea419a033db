// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/redialler.hpp"

#include "sip/uri.hpp"

namespace carillon::agent {

Way way_back(const net::Flow& flow, std::string_view contact) {
  constexpr std::uint16_t plain_port = 5060, tls_port = 5061;
  const auto uri = sip::Uri::parse(contact);
  std::uint16_t port = uri ? uri->port : std::uint16_t{0};
  if (port == 0) port = flow.transport == net::Transport::tls ? tls_port : plain_port;
  Way way{.flow = {.transport = flow.transport, .local = flow.local, .remote = flow.remote.with_port(port)}, .name = {}};
  way.name = uri && !uri->host.empty() ? std::string(uri->host) : flow.remote.host();
  return way;
}

void Redialler::know(const net::Flow& flow, Way way) {
  way.flow.slot = way.flow.generation = 0;
  ways_.try_emplace(flow, Known{.way = std::move(way), .waiting = {}});
}

bool Redialler::send(const net::Flow& flow, std::string_view bytes) {
  const auto found = ways_.find(flow);
  if (found == ways_.end() || found->second.bytes + bytes.size() > waiting_max) return false;
  Known& known = found->second;
  const bool is_first = known.waiting.empty();
  known.waiting.emplace_back(bytes);
  known.bytes += bytes.size();
  if (is_first) streams_.connect(known.way, [this, flow](const Result<net::Flow>& result) { finish(flow, result); });
  return true;
}

void Redialler::finish(const net::Flow& flow, const Result<net::Flow>& result) {
  const auto found = ways_.find(flow);
  if (found == ways_.end()) return;
  const std::vector<std::string> waiting = std::exchange(found->second.waiting, {});
  found->second.bytes = 0;
  if (!result) return user_.on_not_redialled(flow);
  know(*result, found->second.way);
  ways_.erase(flow);
  user_.on_redialled(flow, *result);
  for (const std::string& bytes : waiting) streams_.send(*result, bytes);
}

}  // namespace carillon::agent
