// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps a SIP server busy over UDP with a fixed number of operations at once, each telephone at an address of its own; answers
// the calls too. The server is the same stranger to it, whichever it is.
//
//   sip_load register   REGISTER, 401, REGISTER with digest, 200
//   sip_load call       INVITE, 407, ACK, INVITE with digest, 100, 180, 200, ACK, BYE, 200; user N calls extension of user N +
//   U/2 sip_load hold       the same, but all calls stay up until standard input ends
//
//   --server H:P  --port P   the server, and the port of all telephones     --users U   user0001 … with passwords pw-user0001 …
//   --window W               at most so many operations at once             --seconds S, or --operations N
//   --rate R                 begin at most R operations a second
//
// A request without an answer is repeated every 500 ms and its operation given up after 8 s. Prints key=value on one line.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "phone_message.hpp"
#include "phone_socket.hpp"

namespace bench {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t repeat_after = second / 2, give_up_after = 8 * second, timer_interval = second / 50;
constexpr std::uint64_t never = ~0ULL;
constexpr unsigned first_extension = 100'001;
constexpr std::uint32_t first_address = 0x7f400000;  ///< 127.64.0.0
constexpr unsigned rtp_port = 20'000;

[[noreturn]] void die(std::string_view what) {
  fmt::print(stderr, "sip_load: {}\n", what);
  std::exit(2);
}

struct Options {
  std::string work, server;
  unsigned port = 0, users = 1000, window = 32, rate = 0, seconds = 0, operations = 0;
};

/// What an operation waits for.
enum class Step { nothing, challenge, acceptance, end_of_hold, goodbye };

struct Operation {
  Step step = Step::nothing;
  unsigned generation = 0;  ///< How often this place was used: answers to an earlier use are strangers.
  unsigned user = 0;
  unsigned callee = 0;
  unsigned cseq = 0;
  std::uint64_t begun = 0, repeat_at = 0, give_up_at = 0;
  std::string request;     ///< The last one, for repetition.
  std::string to;          ///< The To header once the dialog has its tag.
  std::string target;      ///< Request-URI of what follows.
  std::string routes;      ///< Whole Route lines.
  bool is_flawed = false;  ///< Accepted, but without what the answer should say.
};

class Load {
 public:
  explicit Load(Options options)
      : options_(std::move(options)),
        socket_(static_cast<std::uint16_t>(options_.port)),
        is_registering_(options_.work == "register"),
        is_holding_(options_.work == "hold"),
        run_(fmt::format("{:x}", getpid())),
        places_(is_holding_ ? options_.operations : options_.window) {
    const std::size_t colon = options_.server.rfind(':');
    server_.sin_family = AF_INET;
    if (colon == options_.server.npos || inet_pton(AF_INET, options_.server.substr(0, colon).c_str(), &server_.sin_addr) != 1)
      die("--server ADDRESS:PORT");
    server_.sin_port = htons(static_cast<std::uint16_t>(number(options_.server.substr(colon + 1))));
    domain_ = options_.server.substr(0, colon);
    cseq_of_user_.resize(options_.users + 1);
    for (unsigned i = static_cast<unsigned>(places_.size()); i-- > 0;) free_.push_back(i);
  }

  void run() {
    const std::uint64_t start = now_ns();
    limit_ = options_.operations == 0 ? ~0U : options_.operations;
    work_until(options_.seconds == 0 ? never : start + options_.seconds * second);
    seconds_ = static_cast<double>(now_ns() - start) / 1e9;
    if (!is_holding_) return;
    while (const unsigned more = hold()) {
      limit_ += more;
      for (std::size_t i = places_.size(); i < limit_; ++i) free_.push_back(static_cast<unsigned>(i));
      places_.resize(limit_);
      work_until(never);
    }
    hang_up_all();
  }

  void report() const {
    std::string why;
    for (const auto& [status, count] : refusals_) fmt::format_to(std::back_inserter(why), "{}*{},", status, count);
    fmt::print("done={} failed={} repeated={} strangers={} unsent={} seconds={:.3f} p50_us={} p99_us={} why={}\n", done_, failed_,
               repeated_, strangers_, socket_.unsent(), seconds_, percentile(0.5), percentile(0.99), why.empty() ? "-" : why);
  }

 private:
  // ---- The course of things

  std::size_t in_progress() const { return places_.size() - free_.size() - held_; }

  /// Begins operations until the time or their number is reached, and brings all to their end, or to being held.
  void work_until(std::uint64_t end) {
    const auto is_over = [&] { return now_ns() >= end || begun_ >= limit_; };
    const std::uint64_t start = now_ns(), begun_before = begun_;
    const auto is_due = [&] {
      return options_.rate == 0 || begun_ - begun_before <= (now_ns() - start) * options_.rate / second;
    };
    do {
      while (!free_.empty() && in_progress() < options_.window && is_due() && !is_over()) begin();
      turn();
    } while (!is_over() || in_progress() > 0);
  }

  void turn() {
    const bool is_quiet = !socket_.receive([&](const PhoneSocket::Datagram& datagram) { receive(datagram); });
    if (is_quiet && options_.rate != 0) socket_.wait(1);
    if (now_ns() >= next_timers_) look_at_timers();
    socket_.flush();
  }

  /// Says how many calls are up and keeps them until a line asks for more, or standard input ends. Returns how many more.
  unsigned hold() {
    fmt::print("held={} failed={} ended={}\n", held_, failed_, ended_);
    std::fflush(stdout);
    for (pollfd input{STDIN_FILENO, POLLIN, 0}; poll(&input, 1, 0) == 0; turn()) socket_.wait(20);
    std::array<char, 16> line{};
    const ssize_t size = read(STDIN_FILENO, line.data(), line.size());
    return size <= 0 ? 0 : number({line.data(), static_cast<std::size_t>(size)});
  }

  void hang_up_all() {
    for (unsigned i = 0; i < places_.size(); ++i) {
      if (places_[i].step != Step::end_of_hold) continue;
      --held_;
      hang_up(i);
      while (in_progress() >= options_.window) turn();
    }
    while (in_progress() > 0) turn();
  }

  void begin() {
    const unsigned place = free_.back();
    free_.pop_back();
    Operation& operation = places_[place];
    const unsigned user = begun_++ % options_.users + 1;
    operation = {.step = Step::challenge, .generation = operation.generation + 1, .user = user, .begun = now_ns()};
    operation.callee = (user - 1 + options_.users / 2) % options_.users + 1;
    if (is_registering_) {
      operation.cseq = cseq_of_user_[user];
      operation.target = "sip:" + domain_;
      send_request(place, "REGISTER", {});
    } else {
      operation.target = fmt::format("sip:{}@{}", first_extension + operation.callee - 1, domain_);
      send_request(place, "INVITE", {});
    }
  }

  void end(unsigned place, int refusal) {
    Operation& operation = places_[place];
    operation.step = Step::nothing;
    free_.push_back(place);
    if (refusal == 200) {
      ++done_;
    } else {
      ++failed_;
      ++refusals_[refusal];
    }
  }

  void note_time(const Operation& operation) {
    ++times_[std::min<std::size_t>((now_ns() - operation.begun) / 1000, times_.size() - 1)];
  }

  void look_at_timers() {
    const std::uint64_t now = now_ns();
    next_timers_ = now + timer_interval;
    for (unsigned i = 0; i < places_.size(); ++i) {
      Operation& operation = places_[i];
      if (operation.step == Step::nothing || operation.step == Step::end_of_hold) continue;
      if (now >= operation.give_up_at) {
        end(i, 0);
      } else if (now >= operation.repeat_at) {
        ++repeated_;
        operation.repeat_at = now + repeat_after;
        socket_.send(address_of(operation.user), server_, operation.request);
      }
    }
  }

  // ---- Requests

  static in_addr address_of(unsigned user) { return {htonl(first_address + user)}; }
  std::string host_of(in_addr address) const {
    const std::uint32_t host = ntohl(address.s_addr);
    return fmt::format("{}.{}.{}.{}:{}", host >> 24, host >> 16 & 255, host >> 8 & 255, host & 255, options_.port);
  }
  static std::string name_of(unsigned user) { return fmt::format("user{:04}", user); }
  static std::string sdp(std::string_view host_port) {
    const std::string_view host = host_port.substr(0, host_port.find(':'));
    return fmt::format(
        "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n",
        host, rtp_port);
  }

  /// Everything up to what is particular to the request. `step` makes the branch: requests of an operation differ in it.
  void write_head(std::string& out, unsigned place, std::string_view method, unsigned step) const {
    const Operation& operation = places_[place];
    const std::string host = host_of(address_of(operation.user)), name = name_of(operation.user);
    const auto at = std::back_inserter(out);
    fmt::format_to(at, "{} {} SIP/2.0\r\nVia: SIP/2.0/UDP {};rport;branch=z9hG4bK-{}-{}-{}-{}\r\nMax-Forwards: 70\r\n", method,
                   operation.target, host, run_, place, operation.generation, step);
    fmt::format_to(at, "{}From: <sip:{}@{}>;tag={}{}\r\n", operation.routes, name, domain_, run_, operation.generation);
    if (!operation.to.empty()) {
      fmt::format_to(at, "To: {}\r\n", operation.to);
    } else if (is_registering_) {
      fmt::format_to(at, "To: <sip:{}@{}>\r\n", name, domain_);
    } else {
      fmt::format_to(at, "To: <{}>\r\n", operation.target);
    }
    // A telephone keeps the Call-ID of its registrations.
    if (is_registering_) {
      fmt::format_to(at, "Call-ID: {}-{}\r\n", run_, name);
    } else {
      fmt::format_to(at, "Call-ID: {}-{}-{}\r\n", run_, place, operation.generation);
    }
    fmt::format_to(at, "CSeq: {} {}\r\nContact: <sip:{}@{}>\r\nUser-Agent: load\r\n", operation.cseq, method, name, host);
  }

  void send_request(unsigned place, std::string_view method, std::string_view credentials) {
    Operation& operation = places_[place];
    ++operation.cseq;
    if (is_registering_) cseq_of_user_[operation.user] = operation.cseq;
    operation.request.clear();
    write_head(operation.request, place, method, operation.cseq);
    operation.request += credentials;
    if (method == "REGISTER") operation.request += "Expires: 3600\r\n";
    const std::string body = method == "INVITE" ? sdp(host_of(address_of(operation.user))) : std::string();
    if (!body.empty()) operation.request += "Content-Type: application/sdp\r\n";
    fmt::format_to(std::back_inserter(operation.request), "Content-Length: {}\r\n\r\n{}", body.size(), body);
    const std::uint64_t now = now_ns();
    operation.repeat_at = now + repeat_after;
    operation.give_up_at = now + give_up_after;
    socket_.send(address_of(operation.user), server_, operation.request);
  }

  /// RFC 3261 §17.1.1.3: the ACK of a refusal has its branch; that of a 2xx is a request of its own (§13.2.2.4).
  void send_ack(unsigned place, std::string_view to, unsigned step) {
    Operation& operation = places_[place];
    std::string ack;
    std::string kept(to);
    kept.swap(operation.to);
    write_head(ack, place, "ACK", step);
    kept.swap(operation.to);
    ack += "Content-Length: 0\r\n\r\n";
    socket_.send(address_of(operation.user), server_, ack);
  }

  void hang_up(unsigned place) {
    places_[place].step = Step::goodbye;
    send_request(place, "BYE", {});
  }

  // ---- What arrives

  void receive(const PhoneSocket::Datagram& datagram) {
    if (datagram.bytes.size() <= 4) return;  // Keep-alive.
    if (!message_.parse(datagram.bytes)) {
      ++strangers_;
    } else if (message_.status == 0) {
      receive_request(datagram);
    } else {
      receive_answer();
    }
  }

  void receive_request(const PhoneSocket::Datagram& datagram) {
    if (message_.method == "ACK") return;
    const std::string host = host_of(datagram.to);
    const auto answer = [&](std::string_view status, std::string_view body) {
      std::string out;
      write_answer(out, message_, status, host, body);
      socket_.send(datagram.to, datagram.from, out);
    };
    if (message_.method == "BYE") ++ended_;
    if (message_.method != "INVITE") return answer("200 OK", {});
    if (!message_.body.contains("m=audio ")) return answer("488 Not Acceptable Here", {});
    answer("180 Ringing", {});
    answer("200 OK", sdp(host));
  }

  void receive_answer() {
    // z9hG4bK-RUN-PLACE-GENERATION-STEP
    std::array<std::string_view, 5> parts;
    std::string_view rest = parameter(message_.via.values[0], "branch");
    for (auto& part : parts) {
      part = rest.substr(0, rest.find('-'));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    }
    const unsigned place = number(parts[2]), step = number(parts[4]);
    const bool is_ours = parts[1] == run_ && place < places_.size() && places_[place].generation == number(parts[3]);
    if (!is_ours || places_[place].step == Step::nothing) {
      ++strangers_;
    } else if (message_.method == "INVITE") {
      receive_invite_answer(place, step);
    } else if (step == places_[place].cseq && message_.status >= 200) {
      receive_last_answer(place);
    }
  }

  /// Of a REGISTER or a BYE.
  void receive_last_answer(unsigned place) {
    Operation& operation = places_[place];
    if (message_.status == 401 && operation.step == Step::challenge) return answer_challenge(place, "REGISTER");
    if (message_.method == "REGISTER") {
      note_time(operation);
      operation.is_flawed = !message_.contact.contains(host_of(address_of(operation.user)));
    }
    end(place, message_.status == 200 && operation.is_flawed ? -1 : message_.status);
  }

  void receive_invite_answer(unsigned place, unsigned step) {
    Operation& operation = places_[place];
    const bool is_current = step == operation.cseq && (operation.step == Step::challenge || operation.step == Step::acceptance);
    if (message_.status < 200) {
      if (is_current) operation.repeat_at = never;
      return;
    }
    if (message_.status >= 300) {
      if (!is_current) return;  // The ACK was on its way.
      send_ack(place, message_.to, step);
      if (message_.status == 407 && operation.step == Step::challenge) return answer_challenge(place, "INVITE");
      return end(place, message_.status);
    }
    if (is_current) {
      note_time(operation);
      operation.to = message_.to;
      operation.target = address(message_.contact);
      for (std::size_t i = message_.record_route.count; i-- > 0;)
        fmt::format_to(std::back_inserter(operation.routes), "Route: {}\r\n", message_.record_route.values[i]);
      operation.step = Step::end_of_hold;
    } else {
      ++strangers_;
    }
    acknowledge_acceptance(place, is_current);
  }

  /// A 2xx comes again until its ACK arrived.
  void acknowledge_acceptance(unsigned place, bool is_first) {
    Operation& operation = places_[place];
    if (operation.step != Step::end_of_hold && operation.step != Step::goodbye) return;
    constexpr unsigned step_of_ack = 0;
    const unsigned cseq = operation.cseq;
    operation.cseq = number(message_.cseq);
    send_ack(place, operation.to, step_of_ack);
    operation.cseq = cseq;
    if (!is_first) return;
    operation.is_flawed = !message_.body.contains("m=audio ");
    if (is_holding_) {
      ++held_;
    } else {
      hang_up(place);
    }
  }

  void answer_challenge(unsigned place, std::string_view method) {
    Operation& operation = places_[place];
    operation.step = Step::acceptance;
    const std::string name = name_of(operation.user), password = "pw-" + name;
    const std::string credentials = digest_.answer(message_, {.user = name, .password = password}, method, operation.target);
    send_request(place, method, credentials);
  }

  std::uint64_t percentile(double share) const {
    std::uint64_t all = 0, seen = 0;
    for (const std::uint64_t count : times_) all += count;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      seen += times_[i];
      if (seen > 0 && static_cast<double>(seen) >= share * static_cast<double>(all)) return i;
    }
    return 0;
  }

  Options options_;
  PhoneSocket socket_;
  bool is_registering_;
  bool is_holding_;
  std::string run_;  ///< Tells this run's branches and tags from those of an earlier one.
  std::string domain_;
  sockaddr_in server_{};
  std::vector<Operation> places_;
  std::vector<unsigned> free_;
  std::vector<unsigned> cseq_of_user_;
  std::vector<std::uint64_t> times_ = std::vector<std::uint64_t>(1'000'001);  ///< Operations by microseconds.
  std::map<int, std::uint64_t> refusals_;  ///< By status; 0: no answer, -1: a 200 without what it should say.
  PhoneMessage message_;
  PhoneDigest digest_;
  unsigned begun_ = 0, limit_ = 0;
  std::size_t held_ = 0;
  std::uint64_t ended_ = 0;  ///< BYEs that came: while calls are held, each is one that the server gave up.
  std::uint64_t next_timers_ = 0, done_ = 0, failed_ = 0, repeated_ = 0, strangers_ = 0;
  double seconds_ = 0;
};

Options read_options(int argc, char** argv) {
  Options options;
  const std::map<std::string_view, unsigned*> numbers{{"--port", &options.port},       {"--users", &options.users},
                                                      {"--window", &options.window},   {"--rate", &options.rate},
                                                      {"--seconds", &options.seconds}, {"--operations", &options.operations}};
  if (argc > 1) options.work = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (const auto found = numbers.find(name); found != numbers.end()) {
      *found->second = number(argv[i + 1]);
    } else if (name == "--server") {
      options.server = argv[i + 1];
    } else {
      die("see the head of sip_load.cpp for its options");
    }
  }
  const bool is_known = options.work == "register" || options.work == "call" || options.work == "hold";
  const bool has_end = options.work == "hold" ? options.operations > 0 : options.seconds + options.operations > 0;
  if (!is_known || !has_end || options.port == 0 || options.users == 0 || options.window == 0 || argc % 2 != 0)
    die("see the head of sip_load.cpp for its options");
  return options;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Load load(bench::read_options(argc, argv));
  load.run();
  load.report();
}
