// SPDX-License-Identifier: GPL-3.0-or-later
// CPU time of the media relay per packet: two-way calls at 50 packets a second and direction through a relay in a process of its
// own, beside the delay it adds and what it loses.
//
//   relay_bench [--calls N] [--seconds S] [--sockets K] [--flood 1]
//
// `--sockets`: sockets of the generator on each side, over which the calls are spread. `--flood`: one port is also flooded as
// fast as one system call after the other can; calls must not notice.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <vector>

#include "media/engine.hpp"
#include "net/loop.hpp"
#include "net/media_sockets.hpp"

namespace {

using namespace carillon;

constexpr std::size_t packet_size = 172;
constexpr std::size_t batch = 16;
constexpr double frame_seconds = 0.020;

struct Options {
  unsigned calls = 500;
  unsigned seconds = 8;
  unsigned sockets = 16;
  unsigned flood = 0;
};

[[noreturn]] void die(std::string_view what) {
  fmt::print(stderr, "relay_bench: {}\n", what);
  std::exit(1);
}

net::Address loopback(const char* host, std::uint16_t port) {
  return *net::Address::parse(host, port);
}

// --- the relay's process

struct Silent final : media::Engine::Listener {
  void on_media_event(media::Engine::Owner, const ng::Event&) override {}
};

struct Ports {
  std::uint16_t for_caller = 0;
  std::uint16_t for_callee = 0;
};

/// Opens the calls, tells their ports through `out`, relays until `in` is closed, tells its CPU time whenever a byte comes.
[[noreturn]] void run_relay(const std::vector<std::uint16_t>& callers, const std::vector<std::uint16_t>& callees, int in,
                            int out) {
  net::MediaSockets::raise_file_limit();
  net::AsioLoop loop;
  net::MediaSockets sockets(loop);
  Silent listener;
  media::Engine::Config config;
  config.hosts = {loopback("127.0.0.1", 0)};
  config.ports = {13000, 60000};
  media::BindUdp bind = [&](const net::Address& local, net::UdpSocket::Receiver& receiver) {
    return sockets.bind(local, receiver);
  };
  media::Engine engine(loop, bind, config, listener);
  for (std::size_t i = 0; i < callers.size(); ++i) {
    CallId id{1, i};
    ng::LegSpec caller{{}, {{ng::Kind::audio, ng::Endpoint::of(loopback("127.0.0.2", callers[i]))}}};
    ng::LegSpec callee{{}, {{ng::Kind::audio, ng::Endpoint::of(loopback("127.0.0.3", callees[i]))}}};
    auto outcome =
        engine.execute(1, {id, {ng::Create{1, caller}, ng::Create{2, callee}, ng::Connect{1, {id, 2}, ng::Phase::answered}}});
    if (!outcome) die(outcome.error().what);
    Ports ports{outcome->ports[0].streams[0].rtp.port, outcome->ports[1].streams[0].rtp.port};
    if (write(out, &ports, sizeof ports) != sizeof ports) die("pipe");
  }
  auto poll = [&](auto& self) -> void {
    std::array<std::uint64_t, 5> figures{};
    char byte;
    ssize_t got = read(in, &byte, 1);
    if (got == 0) loop.stop();
    if (got == 1) {
      rusage usage{};
      getrusage(RUSAGE_SELF, &usage);
      auto microseconds = [](const timeval& t) {
        return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_usec);
      };
      figures = {microseconds(usage.ru_utime), microseconds(usage.ru_stime), engine.counters().relayed_packets,
                 sockets.counters().overrun, static_cast<std::uint64_t>(usage.ru_nvcsw)};
      if (write(out, figures.data(), sizeof figures) != sizeof figures) die("pipe");
    }
    (void)self;
  };
  struct Poll {
    decltype(poll)& work;
    net::AsioLoop& loop;
    Timer timer{[](void* p) { static_cast<Poll*>(p)->fire(); }, this};
    void fire() {
      work(work);
      loop.timers().arm(timer, loop.now() + 5ms);
    }
  } poller{poll, loop};
  poller.fire();
  loop.run();
  std::_Exit(0);
}

// --- the generator

double now_seconds() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}
std::uint64_t wall_ns() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

int open_udp(const char* host, std::uint16_t& port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  auto address = loopback(host, 0);
  std::memcpy(&name.sin_addr, &address.bytes[12], 4);
  int on = 1, size = 8 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) die("bind");
  socklen_t length = sizeof name;
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
  port = ntohs(name.sin_port);
  return fd;
}

struct Mark {
  std::uint64_t sent_ns;
  std::uint32_t magic;
  std::uint32_t counted;
};
constexpr std::uint32_t magic = 0x52454c41;

struct Stream {
  int fd = -1;
  sockaddr_in to{};
  std::uint16_t sequence = 0;
};

struct Generator {
  std::vector<int> fds;
  std::vector<Stream> streams;
  std::vector<std::uint32_t> delays = std::vector<std::uint32_t>(100'001);  ///< By microseconds.
  std::uint64_t sent = 0, received = 0;

  std::array<std::array<char, packet_size>, batch> out{};
  std::array<std::array<char, 512>, 64> in{};
  std::array<std::array<char, 64>, 64> control{};

  void send(std::size_t first, std::size_t count, bool counted) {
    std::array<mmsghdr, batch> messages{};
    std::array<iovec, batch> vectors{};
    std::uint64_t at = wall_ns();
    for (std::size_t i = 0; i < count; ++i) {
      Stream& stream = streams[first + i];
      char* p = out[i].data();
      std::memset(p, 0x55, packet_size);
      std::uint16_t sequence = htons(++stream.sequence);
      std::uint32_t ssrc = htonl(static_cast<std::uint32_t>(first + i));
      p[0] = '\x80';
      p[1] = 8;
      Mark mark{at, magic, counted};
      std::memcpy(p + 2, &sequence, 2);
      std::memcpy(p + 8, &ssrc, 4);
      std::memcpy(p + 12, &mark, sizeof mark);
      vectors[i] = {p, packet_size};
      messages[i].msg_hdr = {&stream.to, sizeof stream.to, &vectors[i], 1, nullptr, 0, 0};
    }
    int done = sendmmsg(streams[first].fd, messages.data(), static_cast<unsigned>(count), 0);
    if (counted) sent += static_cast<std::uint64_t>(std::max(done, 0));
  }

  bool receive(int fd) {
    std::array<mmsghdr, 64> messages{};
    std::array<iovec, 64> vectors{};
    for (std::size_t i = 0; i < 64; ++i) {
      vectors[i] = {in[i].data(), in[i].size()};
      messages[i].msg_hdr = {nullptr, 0, &vectors[i], 1, control[i].data(), control[i].size(), 0};
    }
    int count = recvmmsg(fd, messages.data(), 64, MSG_DONTWAIT, nullptr);
    for (int k = 0; k < count; ++k) {
      auto i = static_cast<std::size_t>(k);
      Mark mark{};
      if (messages[i].msg_len != packet_size) continue;
      std::memcpy(&mark, in[i].data() + 12, sizeof mark);
      if (mark.magic != magic || mark.counted == 0) continue;
      ++received;
      for (auto* c = CMSG_FIRSTHDR(&messages[i].msg_hdr); c; c = CMSG_NXTHDR(&messages[i].msg_hdr, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec t{};
        std::memcpy(&t, CMSG_DATA(c), sizeof t);
        auto arrived = static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
        ++delays[std::min<std::size_t>(arrived > mark.sent_ns ? (arrived - mark.sent_ns) / 1000 : 0, delays.size() - 1)];
      }
    }
    return count > 0;
  }

  std::size_t percentile(double share) const {
    std::uint64_t all = 0, seen = 0;
    for (auto n : delays) all += n;
    for (std::size_t i = 0; i < delays.size(); ++i) {
      if (seen += delays[i]; static_cast<double>(seen) >= share * static_cast<double>(all) && seen > 0) return i;
    }
    return 0;
  }
};

struct Figures {
  std::array<std::uint64_t, 5> value{};
};
Figures ask(int to, int from) {
  Figures figures;
  if (write(to, "?", 1) != 1 || read(from, figures.value.data(), sizeof figures.value) != sizeof figures.value)
    die("the relay is gone");
  return figures;
}

/// A process that floods `port` until it is killed.
pid_t start_flood(std::uint16_t port) {
  pid_t child = fork();
  if (child != 0) return child;
  std::uint16_t own = 0;
  int fd = open_udp("127.0.0.4", own);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::array<char, packet_size> bytes{};
  bytes[0] = '\x80';
  for (;;) sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::map<std::string_view, unsigned*> names{
      {"--calls", &options.calls}, {"--seconds", &options.seconds}, {"--sockets", &options.sockets}, {"--flood", &options.flood}};
  for (int i = 1; i + 1 < argc; i += 2) {
    auto found = names.find(argv[i]);
    if (found == names.end()) die("usage: relay_bench [--calls N] [--seconds S] [--sockets K] [--flood 1]");
    *found->second = static_cast<unsigned>(std::atoi(argv[i + 1]));
  }
  Generator g;
  std::vector<std::uint16_t> ports;
  for (unsigned i = 0; i < 2 * options.sockets; ++i) {
    std::uint16_t port = 0;
    g.fds.push_back(open_udp(i < options.sockets ? "127.0.0.2" : "127.0.0.3", port));
    ports.push_back(port);
  }
  auto socket_of = [&](unsigned call) { return call * options.sockets / options.calls; };
  std::vector<std::uint16_t> callers, callees;
  for (unsigned i = 0; i < options.calls; ++i) {
    callers.push_back(ports[socket_of(i)]);
    callees.push_back(ports[options.sockets + socket_of(i)]);
  }
  int questions[2], answers[2];
  if (pipe(questions) != 0 || pipe(answers) != 0) die("pipe");
  pid_t relay = fork();
  if (relay == 0) {
    close(questions[1]);
    fcntl(questions[0], F_SETFL, O_NONBLOCK);
    for (int fd : g.fds) close(fd);
    run_relay(callers, callees, questions[0], answers[1]);
  }
  close(questions[0]);
  std::vector<Ports> told(options.calls);
  for (auto& each : told) {
    if (read(answers[0], &each, sizeof each) != sizeof each) die("the relay did not start");
  }
  g.streams.resize(2 * options.calls);
  for (unsigned i = 0; i < options.calls; ++i) {
    auto set = [&](Stream& stream, int fd, std::uint16_t port) {
      stream.fd = fd;
      stream.to.sin_family = AF_INET;
      stream.to.sin_port = htons(port);
      stream.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    };
    set(g.streams[i], g.fds[socket_of(i)], told[i].for_caller);
    set(g.streams[options.calls + i], g.fds[options.sockets + socket_of(i)], told[i].for_callee);
  }
  pid_t flood = options.flood != 0 ? start_flood(told[0].for_caller) : 0;

  const double warmup = 1.0, start = now_seconds(), total = static_cast<double>(g.streams.size());
  Figures before, after;
  bool is_counting = false;
  std::uint64_t next = 0;
  for (;;) {
    double t = now_seconds() - start;
    if (!is_counting && t >= warmup) {
      is_counting = true;
      before = ask(questions[1], answers[0]);
    }
    if (t >= warmup + options.seconds) break;
    auto due = static_cast<std::uint64_t>(t / frame_seconds * total);
    bool is_busy = false;
    while (next < due) {
      std::size_t first = next % g.streams.size(), count = 1;
      while (count < batch && next + count < due && first + count < g.streams.size() &&
             g.streams[first + count].fd == g.streams[first].fd)
        ++count;
      g.send(first, count, is_counting);
      next += count;
      is_busy = true;
    }
    for (int fd : g.fds) is_busy |= g.receive(fd);
    if (!is_busy) usleep(20);
  }
  after = ask(questions[1], answers[0]);
  for (double end = now_seconds() + 0.3; now_seconds() < end;) {
    for (int fd : g.fds) g.receive(fd);
  }
  if (flood > 0) kill(flood, SIGKILL);
  close(questions[1]);
  waitpid(relay, nullptr, 0);
  auto delta = [&](std::size_t i) { return static_cast<double>(after.value[i] - before.value[i]); };
  double packets = std::max(delta(2), 1.0);
  fmt::print(
      "calls={} relayed_pps={:.0f} cpu_us_per_packet={:.3f} user={:.3f} system={:.3f} wakeups_per_packet={:.3f} sent={} lost={} "
      "p50_us={} p99_us={} "
      "max_us={} overrun={}\n",
      options.calls, packets / options.seconds, (delta(0) + delta(1)) / packets, delta(0) / packets, delta(1) / packets,
      delta(4) / packets, g.sent, static_cast<std::int64_t>(g.sent - g.received), g.percentile(0.5), g.percentile(0.99),
      g.percentile(1.0), after.value[3]);
}
