// SPDX-License-Identifier: GPL-3.0-or-later
// NAPTR names SRV, SRV names hosts, hosts have addresses; where one is missing the next stands for it.
#include "outbound/domain_check.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "base/utf8.hpp"
#include "outbound/address_policy.hpp"

namespace carillon::outbound {
namespace {

constexpr std::size_t ways_max = 16;

struct Transport {
  std::string_view name, prefix, service;
};
constexpr Transport transports[] = {
    {"udp", "_sip._udp.", "sip+d2u"}, {"tcp", "_sip._tcp.", "sip+d2t"}, {"tls", "_sips._tcp.", "sips+d2t"}};

/// A host that telephones ask for by a transport.
struct Target {
  std::string transport, host;
  std::uint16_t port = 0;
};

bool is_numeric(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, name.c_str(), address.data()) == 1 || inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

bool is_public_address(const std::string& text) {
  sockaddr_in v4{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
  sockaddr_in6 v6{.sin6_family = AF_INET6, .sin6_port = 0, .sin6_flowinfo = 0, .sin6_addr = {}, .sin6_scope_id = 0};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) return is_public(reinterpret_cast<const sockaddr&>(v4));
  return inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1 && is_public(reinterpret_cast<const sockaddr&>(v6));
}

/// The names under which the ways by each transport stand, of NAPTR records.
std::vector<std::pair<std::string_view, std::string>> services_of(const std::vector<DnsRecord>& pointers) {
  std::vector<std::pair<std::string_view, std::string>> found;
  for (const DnsRecord& each : pointers) {
    const auto transport = std::ranges::find(transports, lower_case(each.service), &Transport::service);
    if (transport != std::end(transports) && lower_case(each.flags) == "s") found.emplace_back(transport->name, each.value);
  }
  return found;
}

void add_targets(std::vector<Target>& targets, std::string_view transport, const std::vector<DnsRecord>& services) {
  for (const DnsRecord& each : services)
    if (targets.size() < ways_max) targets.push_back({std::string(transport), each.value, each.port});
}

/// What the domain's own records say; of NAPTR records these alone count.
Result<std::vector<Target>> targets_of(const std::string& name, const AskDns& ask) {
  std::vector<DnsQuestion> first{{name, DnsType::naptr}};
  for (const Transport& each : transports) first.push_back({std::string(each.prefix) + name, DnsType::srv});
  CARILLON_TRY(answers, ask(first));
  std::vector<Target> targets;
  const auto services = services_of(answers.at(0));
  if (services.empty()) {
    for (std::size_t i = 0; i < std::size(transports); ++i) add_targets(targets, transports[i].name, answers.at(i + 1));
  } else {
    std::vector<DnsQuestion> named;
    for (const auto& [transport, service] : services) named.push_back({service, DnsType::srv});
    CARILLON_TRY(found, ask(named));
    for (std::size_t i = 0; i < services.size(); ++i) add_targets(targets, services[i].first, found.at(i));
  }
  if (targets.empty() && services.empty()) targets.push_back({"udp", name, 5060});
  return targets;
}

DomainOutcome outcome_of(const DomainWay& way, const UsersEdge& edge) {
  if (way.address.empty()) return DomainOutcome::not_found;
  if (std::ranges::find(edge.addresses, way.address) == edge.addresses.end()) return DomainOutcome::other_address;
  const std::uint16_t wanted = way.transport == "tls" ? edge.tls_port : edge.port;
  return way.port == wanted ? DomainOutcome::ok : DomainOutcome::other_port;
}

Result<std::vector<DomainWay>> ways_of(const std::vector<Target>& targets, const AskDns& ask) {
  std::vector<DnsQuestion> questions;
  for (const Target& each : targets)
    for (const DnsType type : {DnsType::a, DnsType::aaaa}) questions.push_back({each.host, type});
  CARILLON_TRY(answers, ask(questions));
  std::vector<DomainWay> ways;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::size_t before = ways.size();
    const Target& target = targets[i];
    for (const std::size_t at : {2 * i, 2 * i + 1})
      for (const DnsRecord& each : answers.at(at))
        if (ways.size() < ways_max)
          ways.push_back({.transport = target.transport, .host = target.host, .address = each.value, .port = target.port});
    if (ways.size() == before && ways.size() < ways_max)
      ways.push_back({.transport = target.transport, .host = target.host, .address = {}, .port = target.port});
  }
  return ways;
}

}  // namespace

DomainReport check_domain(const std::string& name, const UsersEdge& edge, const AskDns& ask) {
  if (edge.addresses.empty()) return {.outcome = DomainOutcome::unknown_edge, .ways = {}};
  DomainReport report;
  if (is_numeric(name)) {
    report.ways.push_back({.transport = "udp", .host = name, .address = name, .port = 5060});
  } else {
    const auto targets = targets_of(name, ask);
    if (!targets) return {.outcome = DomainOutcome::no_answer, .ways = {}};
    auto ways = ways_of(*targets, ask);
    if (!ways) return {.outcome = DomainOutcome::no_answer, .ways = {}};
    report.ways = *std::move(ways);
  }
  if (report.ways.empty()) return report;
  report.outcome = DomainOutcome::ok;
  for (DomainWay& way : report.ways) {
    way.outcome = outcome_of(way, edge);
    way.is_showable = way.outcome != DomainOutcome::other_address || is_public_address(way.address);
    if (report.outcome == DomainOutcome::ok) report.outcome = way.outcome;
  }
  return report;
}

}  // namespace carillon::outbound
