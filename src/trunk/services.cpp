// SPDX-License-Identifier: GPL-3.0-or-later
// A draw costs one pass over what is left; an answer has 64 records at most.
#include "trunk/services.hpp"

#include <algorithm>
#include <tuple>

#include "base/utf8.hpp"

namespace carillon::trunk {
namespace {

struct Kind {
  net::Transport transport;
  std::string_view prefix, service;
};
constexpr Kind kinds[] = {{net::Transport::udp, "_sip._udp.", "sip+d2u"},
                          {net::Transport::tcp, "_sip._tcp.", "sip+d2t"},
                          {net::Transport::tls, "_sips._tcp.", "sips+d2t"}};

/// RFC 2782: those of weight 0 have a very small chance where others have a weight: one in so many shares.
constexpr std::uint64_t parts_of_a_share = 1024;

/// The one that is next, of records of one priority, of which those of weight 0 come first.
std::size_t draw(std::span<const net::DnsRecord> left, const Dice& dice) {
  if (left.size() == 1) return 0;
  std::uint64_t sum = 0;
  for (const net::DnsRecord& each : left) sum += each.weight;
  const std::uint64_t drawn = dice() % (sum * parts_of_a_share + 1);
  std::uint64_t running = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    running += left[i].weight * parts_of_a_share;
    if (drawn <= running) return i;
  }
  return left.size() - 1;
}

}  // namespace

std::uint16_t default_port(net::Transport transport) {
  return transport == net::Transport::tls ? 5061 : 5060;
}

Service service_of(const std::string& domain, net::Transport transport) {
  const auto kind = std::ranges::find(kinds, transport, &Kind::transport);
  if (kind == std::end(kinds)) return {};
  return {transport, std::string(kind->prefix) + domain};
}

std::vector<Service> named_services(std::vector<net::DnsRecord> pointers, std::span<const net::Transport> transports) {
  std::ranges::sort(pointers, {}, [](const net::DnsRecord& each) {
    return std::tuple(each.priority, each.preference, std::string_view(each.value));
  });
  std::vector<Service> services;
  for (const net::DnsRecord& each : pointers) {
    const auto kind = std::ranges::find(kinds, lower_case(each.service), &Kind::service);
    // RFC 3263 §4.1: "s", a name with SRV records, is the only flag that services of SIP have.
    if (kind == std::end(kinds) || lower_case(each.flags) != "s" || each.value.empty()) continue;
    if (std::ranges::find(transports, kind->transport) == transports.end() || services.size() == services_max) continue;
    services.push_back({kind->transport, each.value});
  }
  return services;
}

void shuffle(std::span<net::DnsRecord> records, const Dice& dice) {
  for (std::size_t left = records.size(); left > 1; --left) std::swap(records[left - 1], records[dice() % left]);
}

std::vector<net::DnsRecord> deal_by_weight(std::vector<net::DnsRecord> services, const Dice& dice) {
  shuffle(services, dice);
  std::ranges::sort(services, {}, [](const net::DnsRecord& each) { return std::tuple(each.priority, each.weight != 0); });
  for (std::size_t at = 0; at < services.size(); ++at) {
    const std::span rest = std::span(services).subspan(at);
    const auto others = std::ranges::find_if(rest, [&](const net::DnsRecord& each) { return each.priority != rest[0].priority; });
    const std::size_t drawn = draw(rest.first(static_cast<std::size_t>(others - rest.begin())), dice);
    std::ranges::rotate(rest.first(drawn + 1), rest.begin() + static_cast<std::ptrdiff_t>(drawn));
  }
  return services;
}

}  // namespace carillon::trunk
