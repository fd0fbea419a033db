// SPDX-License-Identifier: GPL-3.0-or-later
// CPU time of a media relay per packet: two-way calls at 50 packets a second and direction, the delay that the relay adds and
// what it loses. The relay is a running process, ours or another, and each is commanded in its own way.
//
//   relay_bench --legs DATA_DIR/run/media-control.sock --pids P,Q ...      Carillon's media role, by leg commands
//   relay_bench --ng 127.0.0.1:2223 --pids P ...                           a relay that speaks ng (rtpengine)
//
//   --pids: whose CPU time   --calls N   --seconds S   --sockets K: of the generator on each side, over which the calls are
//   spread
//   --flood 1: one port is also flooded as fast as system calls go; the others must not notice
//
// Prints key=value on one line; packets are what is done, lost ones what failed.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ng/bencode.hpp"
#include "ng/leg_wire.hpp"

namespace {

using namespace carillon;

constexpr std::size_t packet_size = 172;
constexpr std::size_t batch = 16;
constexpr double frame_seconds = 0.020;
constexpr double warmup_seconds = 4.0;  ///< rtpengine takes 3 s to be sure of its peers.

struct Options {
  unsigned calls = 500;
  unsigned seconds = 8;
  unsigned sockets = 16;
  unsigned flood = 0;
  std::vector<unsigned> pids;
  std::string legs;
  std::string ng;
};

[[noreturn]] void die(std::string_view what) {
  fmt::print(stderr, "relay_bench: {}\n", what);
  std::exit(1);
}

sockaddr_in name_of(const char* host, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  inet_pton(AF_INET, host, &name.sin_addr);
  return name;
}

double now_seconds() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

std::uint64_t nanoseconds(const timespec& t) {
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

/// Run time of all threads of the processes, from the scheduler.
double cpu_microseconds(const std::vector<unsigned>& pids) {
  double sum = 0;
  for (const unsigned pid : pids) {
    for (auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
      double run = 0;
      std::ifstream(task.path() / "schedstat") >> run;
      sum += run / 1000;
    }
  }
  return sum;
}

/// Where each side of a call sends to.
struct Ports {
  std::uint16_t for_caller = 0;
  std::uint16_t for_callee = 0;
};
struct Call {
  std::uint16_t caller = 0;  ///< Port of the generator.
  std::uint16_t callee = 0;
};
constexpr const char* caller_host = "127.0.0.2";
constexpr const char* callee_host = "127.0.0.3";

/// Opens calls and tells their ports.
class Relay {
 public:
  virtual ~Relay() = default;
  virtual Ports open(std::size_t index, Call call) = 0;
  virtual void close(std::size_t index) = 0;
};

// --- ours, by leg commands

class LegRelay final : public Relay {
 public:
  explicit LegRelay(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof name.sun_path) die("the path of the control socket is too long");
    path.copy(name.sun_path, path.size());
    if (connect(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) die("no media role listens there");
    if (!std::holds_alternative<ng::Welcome>(ask(ng::Hello{1}))) die("the media role does not welcome us");
  }

  Ports open(std::size_t index, Call call) override {
    const ng::LegSpec caller{{}, {{ng::Kind::audio, endpoint(caller_host, call.caller)}}};
    const ng::LegSpec callee{{}, {{ng::Kind::audio, endpoint(callee_host, call.callee)}}};
    const CallId id{1, index};
    const ng::Answer answer =
        ask(ng::Request{id, {ng::Create{1, caller}, ng::Create{2, callee}, ng::Connect{1, {id, 2}, ng::Phase::answered}}});
    const auto* outcome = std::get_if<ng::Outcome>(&answer);
    if (outcome == nullptr || outcome->ports.size() != 2) die("the media role refused a call");
    return {outcome->ports[0].streams.at(0).rtp.port, outcome->ports[1].streams.at(0).rtp.port};
  }
  void close(std::size_t index) override { ask(ng::Request{CallId{1, index}, {ng::Destroy{}}}); }

 private:
  static ng::Endpoint endpoint(const char* host, std::uint16_t port) {
    ng::Endpoint result{.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, .port = port};
    inet_pton(AF_INET, host, &result.bytes[12]);
    return result;
  }

  /// One frame each way: four bytes of length, most significant first, then the message. Events in between are passed over.
  ng::Answer ask(const ng::Order& order) {
    const std::string cookie = fmt::format("b{}", ++cookies_);
    std::string message;
    ng::encode(message, cookie, order);
    const std::uint32_t length = htonl(static_cast<std::uint32_t>(message.size()));
    std::string frame(reinterpret_cast<const char*>(&length), sizeof length);
    frame += message;
    if (send(fd_, frame.data(), frame.size(), 0) != static_cast<ssize_t>(frame.size())) die("the media role hung up");
    while (true) {
      std::string text = read(sizeof length);
      std::uint32_t size = 0;
      std::memcpy(&size, text.data(), sizeof size);
      text = read(ntohl(size));
      const auto reply = ng::decode_message(text);
      if (!reply) die("the media role does not speak as we do");
      if (reply->cookie != cookie) continue;
      auto answer = ng::decode_answer(reply->body);
      if (!answer) die("the media role does not speak as we do");
      return *std::move(answer);
    }
  }

  std::string read(std::size_t size) const {
    std::string text(size, '\0');
    for (std::size_t got = 0; got < size;) {
      pollfd ready{fd_, POLLIN, 0};
      const ssize_t count = poll(&ready, 1, 5000) > 0 ? recv(fd_, text.data() + got, size - got, 0) : 0;
      if (count <= 0) die("the media role does not answer");
      got += static_cast<std::size_t>(count);
    }
    return text;
  }

  int fd_;
  unsigned cookies_ = 0;
};

// --- another relay, by ng

/// The digits at the beginning, 0 without any.
unsigned number_in(std::string_view text) {
  unsigned number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class NgRelay final : public Relay {
 public:
  explicit NgRelay(std::string_view address) {
    auto colon = address.rfind(':');
    if (colon == address.npos) die("--ng HOST:PORT");
    auto name =
        name_of(std::string(address.substr(0, colon)).c_str(), static_cast<std::uint16_t>(number_in(address.substr(colon + 1))));
    fd_ = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) die("connect");
  }

  Ports open(std::size_t index, Call call) override {
    Ports ports;
    ports.for_callee = ask("offer", index, sdp(caller_host, call.caller));
    ports.for_caller = ask("answer", index, sdp(callee_host, call.callee));
    return ports;
  }
  void close(std::size_t index) override { ask("delete", index, {}); }

 private:
  static std::string sdp(const char* host, std::uint16_t port) {
    return fmt::format(
        "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n", host,
        port);
  }

  /// The audio port in the reply's SDP, 0 without one.
  std::uint16_t ask(std::string_view command, std::size_t index, const std::string& body) {
    std::string text = fmt::format("{}_{} ", getpid(), ++cookies_);
    ng::Writer writer(text);
    writer.dictionary().key("call-id").string(fmt::format("bench-{}-{}", getpid(), index)).key("command").string(command);
    writer.key("from-tag").string("a");
    if (!body.empty()) writer.key("sdp").string(body);
    if (command != "offer") writer.key("to-tag").string("b");
    writer.end();
    std::array<char, 8192> reply{};
    for (int attempt = 0; attempt < 5; ++attempt) {
      if (send(fd_, text.data(), text.size(), 0) < 0) die("no relay listens there");
      pollfd ready{fd_, POLLIN, 0};
      if (poll(&ready, 1, 1000) <= 0) continue;
      ssize_t size = recv(fd_, reply.data(), reply.size(), 0);
      auto message = ng::decode_message({reply.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))});
      if (!message || message->body.root().string_at("result") != "ok") die("the relay refused a call");
      auto answer = message->body.root().string_at("sdp");
      auto line = answer.find("m=audio ");
      return line == answer.npos ? 0 : static_cast<std::uint16_t>(number_in(answer.substr(line + 8)));
    }
    die("the relay does not answer");
  }

  int fd_;
  unsigned cookies_ = 0;
};

// --- the generator

int open_udp(const char* host, std::uint16_t& port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in name = name_of(host, 0);
  int on = 1, size = 8 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  socklen_t length = sizeof name;
  if (bind(fd, reinterpret_cast<sockaddr*>(&name), length) != 0) die("bind");
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
  port = ntohs(name.sin_port);
  return fd;
}

/// The beginning of each payload.
struct Mark {
  std::uint64_t sent_ns;
  std::uint32_t magic;
  std::uint32_t is_counted;
};
constexpr std::uint32_t magic = 0x52454c41;

struct Stream {
  int fd = -1;
  sockaddr_in to{};
  std::uint16_t sequence = 0;
};

class Generator {
 public:
  explicit Generator(const Options& options) : options_(options) {
    for (unsigned i = 0; i < 2 * options.sockets; ++i) {
      fds_.push_back(open_udp(i < options.sockets ? caller_host : callee_host, ports_.emplace_back()));
    }
  }

  std::vector<Call> calls() const {
    std::vector<Call> result;
    for (unsigned i = 0; i < options_.calls; ++i) {
      result.push_back({ports_[socket_of(i)], ports_[options_.sockets + socket_of(i)]});
    }
    return result;
  }

  void aim(const std::vector<Ports>& ports) {
    streams_.resize(2 * ports.size());
    for (unsigned i = 0; i < ports.size(); ++i) {
      streams_[i] = {fds_[socket_of(i)], name_of("127.0.0.1", ports[i].for_caller), 0};
      streams_[ports.size() + i] = {fds_[options_.sockets + socket_of(i)], name_of("127.0.0.1", ports[i].for_callee), 0};
    }
  }

  /// Sends and receives; packets count after the warm-up. Returns the relay's CPU time for them.
  double run() {
    const double start = now_seconds(), end = warmup_seconds + options_.seconds;
    double before = 0;
    bool is_counting = false;
    for (std::uint64_t next = 0;;) {
      double t = now_seconds() - start;
      if (t >= end) break;
      if (!is_counting && t >= warmup_seconds) {
        is_counting = true;
        before = cpu_microseconds(options_.pids);
      }
      auto due = static_cast<std::uint64_t>(t / frame_seconds * static_cast<double>(streams_.size()));
      bool is_busy = next < due;
      for (int i = 0; i < 32 && next < due; ++i) next += send(next % streams_.size(), due - next, is_counting);
      for (int fd : fds_) is_busy |= receive(fd);
      if (!is_busy) usleep(20);
    }
    double spent = cpu_microseconds(options_.pids) - before;
    for (double until = now_seconds() + 0.3; now_seconds() < until;) {
      for (int fd : fds_) receive(fd);
    }
    return spent;
  }

  std::size_t percentile(double share) const {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < delays_.size(); ++i) {
      if (seen += delays_[i]; seen > 0 && static_cast<double>(seen) >= share * static_cast<double>(received)) return i;
    }
    return 0;
  }

  std::uint64_t sent = 0;
  std::uint64_t received = 0;

 private:
  unsigned socket_of(unsigned call) const { return call * options_.sockets / options_.calls; }

  /// One batch from `first` on: streams of one socket. Returns how many.
  std::size_t send(std::size_t first, std::uint64_t due, bool is_counted) {
    std::array<mmsghdr, batch> messages{};
    std::array<iovec, batch> vectors{};
    timespec t{};
    clock_gettime(CLOCK_REALTIME, &t);
    std::size_t count = 0;
    for (; count < batch && count < due && first + count < streams_.size(); ++count) {
      Stream& stream = streams_[first + count];
      if (stream.fd != streams_[first].fd) break;
      char* p = out_[count].data();
      std::uint16_t sequence = htons(++stream.sequence);
      std::uint32_t ssrc = htonl(static_cast<std::uint32_t>(first + count + 1));
      Mark mark{nanoseconds(t), magic, is_counted};
      std::memset(p, 0x55, packet_size);
      p[0] = '\x80';
      p[1] = 8;
      std::memcpy(p + 2, &sequence, sizeof sequence);
      std::memcpy(p + 8, &ssrc, sizeof ssrc);
      std::memcpy(p + 12, &mark, sizeof mark);
      vectors[count] = {p, packet_size};
      messages[count].msg_hdr = {&stream.to, sizeof stream.to, &vectors[count], 1, nullptr, 0, 0};
    }
    int done = sendmmsg(streams_[first].fd, messages.data(), static_cast<unsigned>(count), 0);
    if (is_counted) sent += static_cast<std::uint64_t>(std::max(done, 0));
    return count;
  }

  bool receive(int fd) {
    std::array<mmsghdr, 64> messages{};
    std::array<iovec, 64> vectors{};
    for (std::size_t i = 0; i < messages.size(); ++i) {
      vectors[i] = {in_[i].data(), in_[i].size()};
      messages[i].msg_hdr = {nullptr, 0, &vectors[i], 1, control_[i].data(), control_[i].size(), 0};
    }
    int count = recvmmsg(fd, messages.data(), messages.size(), MSG_DONTWAIT, nullptr);
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
      Mark mark{};
      std::memcpy(&mark, in_[i].data() + 12, sizeof mark);
      if (messages[i].msg_len != packet_size || mark.magic != magic || mark.is_counted == 0) continue;
      ++received;
      for (auto* c = CMSG_FIRSTHDR(&messages[i].msg_hdr); c; c = CMSG_NXTHDR(&messages[i].msg_hdr, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec t{};
        std::memcpy(&t, CMSG_DATA(c), sizeof t);
        auto arrived = nanoseconds(t);
        ++delays_[std::min<std::size_t>(arrived > mark.sent_ns ? (arrived - mark.sent_ns) / 1000 : 0, delays_.size() - 1)];
      }
    }
    return count > 0;
  }

  const Options& options_;
  std::vector<int> fds_;
  std::vector<std::uint16_t> ports_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> delays_ = std::vector<std::uint32_t>(100'001);  ///< By microseconds.
  std::array<std::array<char, packet_size>, batch> out_{};
  std::array<std::array<char, 512>, 64> in_{};
  std::array<std::array<char, 64>, 64> control_{};
};

/// A process that floods `port` until it is killed.
pid_t start_flood(std::uint16_t port) {
  pid_t child = fork();
  if (child != 0) return child;
  std::uint16_t own = 0;
  int fd = open_udp("127.0.0.4", own);
  sockaddr_in to = name_of("127.0.0.1", port);
  std::array<char, packet_size> bytes{};
  bytes[0] = '\x80';
  for (;;) sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
}

Options read_options(int argc, char** argv) {
  Options options;
  const std::map<std::string_view, unsigned*> numbers{
      {"--calls", &options.calls}, {"--seconds", &options.seconds}, {"--sockets", &options.sockets}, {"--flood", &options.flood}};
  const std::map<std::string_view, std::string*> texts{{"--legs", &options.legs}, {"--ng", &options.ng}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i], value = argv[i + 1];
    if (const auto found = numbers.find(name); found != numbers.end()) {
      *found->second = number_in(value);
    } else if (const auto text = texts.find(name); text != texts.end()) {
      *text->second = value;
    } else if (name == "--pids") {
      for (std::size_t at = 0; at < value.size(); at = std::min(value.find(',', at), value.size() - 1) + 1)
        options.pids.push_back(number_in(value.substr(at)));
    } else {
      die("see the head of relay_bench.cpp for its options");
    }
  }
  if (argc % 2 == 0 || options.legs.empty() == options.ng.empty() || options.calls == 0 || options.seconds == 0)
    die("see the head of relay_bench.cpp for its options");
  options.sockets = std::clamp(options.sockets, 1U, options.calls);
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  Generator generator(options);
  const auto calls = generator.calls();
  std::unique_ptr<Relay> relay;
  if (options.ng.empty()) {
    relay = std::make_unique<LegRelay>(options.legs);
  } else {
    relay = std::make_unique<NgRelay>(options.ng);
  }
  std::vector<Ports> ports;
  for (std::size_t i = 0; i < calls.size(); ++i) ports.push_back(relay->open(i, calls[i]));
  generator.aim(ports);
  const pid_t flood = options.flood != 0 ? start_flood(ports[0].for_caller) : 0;
  const double spent = generator.run();
  if (flood > 0) kill(flood, SIGKILL);
  for (std::size_t i = 0; i < calls.size(); ++i) relay->close(i);
  fmt::print("done={} failed={} repeated=0 cpu_us={:.0f} seconds={}.0 p50_us={} p99_us={} max_us={} why=lost\n",
             generator.received, generator.sent - std::min(generator.sent, generator.received), spent, options.seconds,
             generator.percentile(0.5), generator.percentile(0.99), generator.percentile(1.0));
}
