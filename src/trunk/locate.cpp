// SPDX-License-Identifier: GPL-3.0-or-later
// Three rounds of questions at most: what the domain has, what its NAPTR records name, the addresses of the servers.
#include "trunk/locate.hpp"

#include <algorithm>
#include <charconv>

namespace carillon::trunk {

using net::DnsAnswer;
using net::DnsOutcome;
using net::DnsQuestion;
using net::DnsType;
using net::Transport;

Wanted wanted_of(const Place& place) {
  Wanted wanted{.host = place.host, .port = static_cast<std::uint16_t>(place.port)};
  wanted.is_sips = place.is_sips;
  if (place.transport == model::ServerTransport::udp) wanted.transport = Transport::udp;
  if (place.transport == model::ServerTransport::tcp) wanted.transport = Transport::tcp;
  if (place.transport == model::ServerTransport::tls) wanted.transport = Transport::tls;
  const std::string& proxy = place.outbound_proxy;
  if (proxy.empty()) return wanted;
  const std::size_t colon = proxy.rfind(':');
  const bool has_port = colon != std::string::npos && proxy.find(']', colon) == std::string::npos;
  wanted.host = proxy.substr(0, has_port ? colon : std::string::npos);
  wanted.port = 0;
  if (has_port) std::from_chars(proxy.data() + colon + 1, proxy.data() + proxy.size(), wanted.port);
  return wanted;
}

/// Questions that were asked together. Lives as long as anybody may answer.
struct Locator::Round {
  Round(Loop& loop, std::size_t questions)
      : answers(questions, DnsAnswer{.outcome = DnsOutcome::slow, .records = {}}), open(questions), changed(loop) {}
  std::vector<DnsAnswer> answers;
  std::size_t open;
  bool has_records = false;
  Signal changed;
};

std::shared_ptr<Locator::Round> Locator::begin(const std::vector<DnsQuestion>& questions) {
  auto round = std::make_shared<Round>(loop_, questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    resolver_.ask(questions[i], [round, i](DnsAnswer answer) {
      round->has_records = round->has_records || !answer.records.empty();
      round->answers[i] = std::move(answer);
      --round->open;
      round->changed.set();
    });
  }
  return round;
}

Task<> Locator::next_answer(std::shared_ptr<Round> round) {
  co_await round->changed.wait();
}

/// Once there are records somewhere the others have half a second: neither a server's second name nor its second family holds up
/// the first. What has not come is `slow`.
Task<std::vector<DnsAnswer>> Locator::ask_all(std::vector<DnsQuestion> questions) {
  const std::shared_ptr<Round> round = begin(questions);
  Monotonic until = loop_.now() + answers_within;
  bool is_hurried = false;
  while (round->open > 0) {
    if (round->has_records && !is_hurried) {
      is_hurried = true;
      until = std::min(until, loop_.now() + patience);
    }
    const Duration left = until - loop_.now();
    if (left <= Duration::zero()) break;
    co_await with_deadline(loop_, left, next_answer(round));
  }
  co_return round->answers;
}

std::vector<Transport> Locator::transports_for(const Wanted& wanted) const {
  std::optional<Transport> one = wanted.transport;
  // RFC 3263 §4.1: TLS by TCP is how sips is transported, however that is written.
  if (wanted.is_sips && (!one || one == Transport::tcp)) one = Transport::tls;
  std::vector<Transport> fitting;
  for (const Transport each : options_.transports) {
    const bool is_ours = each == Transport::udp || each == Transport::tcp || each == Transport::tls;
    if (is_ours && (!one || one == each) && (!wanted.is_sips || each == Transport::tls)) fitting.push_back(each);
  }
  return fitting;
}

std::vector<DnsType> Locator::families() const {
  std::vector<DnsType> types;
  if (options_.has_v4) types.push_back(DnsType::a);
  if (options_.has_v6) types.push_back(DnsType::aaaa);
  return types;
}

Task<Result<std::vector<Target>>> Locator::locate(Wanted wanted) {
  const std::vector<Transport> transports = transports_for(wanted);
  if (transports.empty()) co_return failure(LocateFault::no_transport);
  // RFC 3263 §4.1: UDP for sip where nobody says more.
  const bool speaks_udp = std::ranges::find(transports, Transport::udp) != transports.end();
  Server itself{speaks_udp ? Transport::udp : transports.front(), wanted.host, wanted.port};
  if (itself.port == 0) itself.port = default_port(itself.transport);
  if (const auto number = net::Address::parse(wanted.host, itself.port)) {
    if (!(number->is_v4() ? options_.has_v4 : options_.has_v6)) co_return failure(LocateFault::no_transport);
    co_return std::vector<Target>{{itself.transport, *number, wanted.host}};
  }
  if (!net::is_dns_name(wanted.host)) co_return failure(LocateFault::bad_name);
  std::vector<Server> servers;
  if (wanted.port == 0) {
    const bool has_choice = !wanted.transport;
    CARILLON_CO_TRY(named, co_await servers_of(wanted.host, has_choice, transports));
    servers = std::move(named);
  }
  if (servers.empty()) servers.push_back(std::move(itself));
  co_return co_await addresses_of(std::move(servers));
}

/// None when the domain names none: then it is the server itself.
Task<Result<std::vector<Locator::Server>>> Locator::servers_of(std::string domain, bool has_choice,
                                                               std::vector<Transport> transports) {
  // RFC 3263 §4.1: without NAPTR records the domain's own services are those of sip, by UDP and TCP; TLS is for who says so. They
  // are asked for at once, so that name servers that are silent about NAPTR do not matter much.
  std::vector<Service> services;
  for (const Transport each : transports)
    if (each != Transport::tls || !has_choice || transports.size() == 1) services.push_back(service_of(domain, each));
  std::vector<DnsQuestion> questions;
  for (const Service& each : services) questions.push_back({each.name, DnsType::srv});
  if (has_choice) questions.push_back({domain, DnsType::naptr});
  std::vector<DnsAnswer> answers = co_await ask_all(questions);

  if (has_choice) {
    std::vector<Service> named = named_services(answers.back().records, transports);
    if (!named.empty()) {
      services = std::move(named);
      questions.clear();
      for (const Service& each : services) questions.push_back({each.name, DnsType::srv});
      answers = co_await ask_all(questions);
    }
  }
  std::vector<Server> servers;
  bool has_records = false, is_known = true;
  for (std::size_t i = 0; i < services.size(); ++i) {
    deal(servers, services[i], answers[i]);
    has_records = has_records || !answers[i].records.empty();
    is_known = is_known && answers[i].is_known();
  }
  if (!servers.empty()) co_return servers;
  if (has_records) co_return failure(LocateFault::not_offered);
  // Behind the domain's address may be its pages and no server of SIP: it stands in for services that are not there, not for
  // those that nobody could tell of.
  if (!is_known) co_return failure(LocateFault::no_answer);
  co_return servers;
}

void Locator::deal(std::vector<Server>& servers, const Service& service, const DnsAnswer& answer) const {
  for (net::DnsRecord& each : deal_by_weight(answer.records, options_.dice))
    if (!each.value.empty() && servers.size() < targets_max)
      servers.push_back({service.transport, std::move(each.value), each.port});
}

Task<Result<std::vector<Target>>> Locator::addresses_of(std::vector<Server> servers) {
  std::vector<DnsQuestion> questions;
  for (const Server& each : servers)
    for (const DnsType type : families()) questions.push_back({each.host, type});
  const std::vector<DnsAnswer> answers = co_await ask_all(questions);
  std::vector<Target> targets = targets_of(servers, answers);
  if (!targets.empty()) co_return targets;
  const bool is_known = std::ranges::all_of(answers, &DnsAnswer::is_known);
  if (!is_known) co_return failure(LocateFault::no_answer);
  co_return failure(LocateFault::not_found);
}

/// One answer for each server and family. IPv4 first: carriers that have both have had it for longer.
std::vector<Target> Locator::targets_of(const std::vector<Server>& servers, std::vector<DnsAnswer> answers) const {
  std::vector<Target> targets;
  const std::size_t families_count = families().size();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Server& server = servers[i / families_count];
    // A server's addresses are equal, and a cache has them in one order for everybody.
    shuffle(answers[i].records, options_.dice);
    std::size_t taken = 0;
    for (const net::DnsRecord& each : answers[i].records) {
      const auto address = net::Address::parse(each.value, server.port);
      if (!address || targets.size() == targets_max || taken == options_.addresses) continue;
      const bool is_new = std::ranges::none_of(
          targets, [&](const Target& other) { return other.transport == server.transport && other.address == *address; });
      if (!is_new) continue;
      targets.push_back({server.transport, *address, server.host});
      ++taken;
    }
  }
  return targets;
}

}  // namespace carillon::trunk
