// SPDX-License-Identifier: GPL-3.0-or-later
// c-ares with a loop of its own for the length of one call.
#include "outbound/dns.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <ares.h>
#include <poll.h>

namespace carillon::outbound {
namespace {

constexpr int timeout_ms = 500;  ///< Of the first try; the second waits twice as long.
constexpr int tries = 2;
constexpr int class_internet = 1;

struct DestroyChannel {
  void operator()(ares_channel channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, DestroyChannel>;

/// One question under way.
struct Asked {
  DnsQuestion question;
  int status = ARES_ETIMEOUT;
  std::vector<DnsRecord> records;

  static void on_answer(void* self, int result, int, unsigned char* bytes, int size) {
    auto& asked = *static_cast<Asked*>(self);
    asked.status = result;
    if (result != ARES_SUCCESS) return;
    net::DnsAnswer answer =
        net::read_dns_message({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)}, asked.question);
    if (!answer.is_known()) asked.status = ARES_EBADRESP;
    asked.records = std::move(answer.records);
    if (asked.records.size() > Dns::records_max) asked.records.resize(Dns::records_max);
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
    asked[i].question = questions[i];
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
