// SPDX-License-Identifier: GPL-3.0-or-later
// c-ares with a loop of its own for the length of one call.
#include "outbound/dns.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>

#include "base/utf8.hpp"

namespace carillon::outbound {
namespace {

constexpr int timeout_ms = 500;  ///< Of the first try; the second waits twice as long.
constexpr int tries = 2;
constexpr int class_internet = 1;

struct FreeAres {
  void operator()(void* data) const { ares_free_data(data); }
};
struct DestroyChannel {
  void operator()(ares_channel channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, DestroyChannel>;

std::string name_of_record(const char* text) {
  std::string name = lower_case(text);
  if (name.ends_with('.')) name.pop_back();
  return name;
}

std::string printable(const unsigned char* text) {
  std::string shown(reinterpret_cast<const char*>(text));
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e; }, '?');
  return shown;
}

/// One question under way.
struct Asked {
  DnsType type = DnsType::a;
  int status = ARES_ETIMEOUT;
  std::vector<DnsRecord> records;

  void add(DnsRecord record) {
    if (records.size() < Dns::records_max) records.push_back(std::move(record));
  }
  int read_addresses(const unsigned char* bytes, int size) {
    const bool is_v4 = type == DnsType::a;
    std::array<ares_addrttl, Dns::records_max> v4{};
    std::array<ares_addr6ttl, Dns::records_max> v6{};
    int count = Dns::records_max;
    const int result = is_v4 ? ares_parse_a_reply(bytes, size, nullptr, v4.data(), &count)
                             : ares_parse_aaaa_reply(bytes, size, nullptr, v6.data(), &count);
    if (result != ARES_SUCCESS) return result;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      std::array<char, INET6_ADDRSTRLEN> text{};
      const void* address = is_v4 ? static_cast<const void*>(&v4[i].ipaddr) : &v6[i].ip6addr;
      if (ares_inet_ntop(is_v4 ? AF_INET : AF_INET6, address, text.data(), text.size()) != nullptr)
        add({.type = type, .value = text.data()});
    }
    return result;
  }
  int read_services(const unsigned char* bytes, int size) {
    ares_srv_reply* first = nullptr;
    const int result = ares_parse_srv_reply(bytes, size, &first);
    const std::unique_ptr<ares_srv_reply, FreeAres> owner(first);
    for (const ares_srv_reply* each = first; each != nullptr; each = each->next)
      add({.type = type, .value = name_of_record(each->host), .priority = each->priority, .port = each->port});
    return result;
  }
  int read_pointers(const unsigned char* bytes, int size) {
    ares_naptr_reply* first = nullptr;
    const int result = ares_parse_naptr_reply(bytes, size, &first);
    const std::unique_ptr<ares_naptr_reply, FreeAres> owner(first);
    for (const ares_naptr_reply* each = first; each != nullptr; each = each->next)
      add({.type = type,
           .value = name_of_record(each->replacement),
           .priority = each->order,
           .service = printable(each->service),
           .flags = printable(each->flags)});
    return result;
  }
  int read(const unsigned char* bytes, int size) {
    if (type == DnsType::srv) return read_services(bytes, size);
    return type == DnsType::naptr ? read_pointers(bytes, size) : read_addresses(bytes, size);
  }

  static void on_answer(void* self, int result, int, unsigned char* bytes, int size) {
    auto& asked = *static_cast<Asked*>(self);
    asked.status = result == ARES_SUCCESS ? asked.read(bytes, size) : result;
  }
};

/// Until every question has its answer: c-ares gives up by itself.
void run(ares_channel channel) {
  while (true) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const int bits = ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM);
    std::vector<pollfd> waiting;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const bool reads = ARES_GETSOCK_READABLE(bits, i), writes = ARES_GETSOCK_WRITABLE(bits, i);
      if (reads || writes) waiting.push_back({sockets[at], static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0});
    }
    if (waiting.empty()) return;
    timeval most{.tv_sec = 0, .tv_usec = timeout_ms * 1000}, wait{};
    const timeval* until = ares_timeout(channel, &most, &wait);
    const int ready = poll(waiting.data(), waiting.size(), static_cast<int>(until->tv_sec * 1000 + until->tv_usec / 1000) + 1);
    if (ready <= 0) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (const pollfd& each : waiting) {
      const bool reads = (each.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
      const bool writes = (each.revents & POLLOUT) != 0;
      if (reads || writes) ares_process_fd(channel, reads ? each.fd : ARES_SOCKET_BAD, writes ? each.fd : ARES_SOCKET_BAD);
    }
  }
}

}  // namespace

Result<DnsAnswers> Dns::ask(std::span<const DnsQuestion> questions) const {
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.timeout = timeout_ms;
  options.tries = tries;
  ares_channel made = nullptr;
  if (ares_init_options(&made, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS)
    return failure(Fault::broken, "no resolver");
  std::vector<Asked> asked(questions.size());  // Outlives the channel: what is destroyed answers first.
  const Channel channel(made);
  if (!servers_.empty() && ares_set_servers_ports_csv(made, servers_.c_str()) != ARES_SUCCESS)
    return failure(Fault::broken, "dns.servers are none");
  for (std::size_t i = 0; i < std::min(questions.size(), questions_max); ++i) {
    asked[i].type = questions[i].type;
    ares_query(made, questions[i].name.c_str(), class_internet, static_cast<int>(questions[i].type), Asked::on_answer, &asked[i]);
  }
  run(made);
  DnsAnswers answers;
  for (Asked& each : asked) {
    const bool is_empty = each.status == ARES_ENODATA || each.status == ARES_ENOTFOUND || each.status == ARES_EBADNAME;
    if (each.status == ARES_ETIMEOUT || each.status == ARES_ECONNREFUSED) return failure(Fault::too_slow, "no answer of the DNS");
    if (each.status != ARES_SUCCESS && !is_empty) return failure(Fault::broken, ares_strerror(each.status));
    answers.push_back(std::move(each.records));
  }
  return answers;
}

}  // namespace carillon::outbound
