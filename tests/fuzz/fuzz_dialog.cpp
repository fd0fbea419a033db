// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as what three telephones and a stranger do to a whole platform, step by step: nothing breaks, everything that the
// platform says is SIP, and once all waits are over nothing is left, and every call has exactly one end. The letters are in
// README.md.
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "flows/platform.hpp"
#include "fuzz/scripted_phone.hpp"

namespace carillon::fuzz {
namespace {

constexpr std::size_t steps_max = 100;
/// The longest wait: a call on hold whose phone is gone, which the session timer ends (RFC 4028).
constexpr Duration longest_wait = std::chrono::seconds(2000);

net::Address at(std::string_view host) {
  return *net::Address::parse(host, 0);
}

unsigned number(char c) {
  const auto code = static_cast<unsigned char>(c);
  if (code >= '0' && code <= '9') return code - '0';
  return code >= 'a' && code <= 'z' ? code - 'a' + 10U : code % 36U;
}

/// SIP, or the refusal of something that was none: that mirrors as much of it as it can.
bool is_sound(std::string_view bytes) {
  return sip::Message::parse(bytes) ||
         ((bytes.starts_with("SIP/2.0 4") || bytes.starts_with("SIP/2.0 5")) && bytes.find("\r\n\r\n") == bytes.size() - 4);
}

class Script {
 public:
  Script()
      : platform_(1),
        alice_(platform_.wire, at("198.51.100.1"), flows::Platform::sip_address(), "alice"),
        bob_(platform_.wire, at("198.51.100.2"), flows::Platform::sip_address(), "bob"),
        carol_(platform_.wire, at("198.51.100.3"), flows::Platform::sip_address(), "user0001"),
        stranger_(platform_.wire, at("203.0.113.9"), flows::Platform::sip_address(), "") {
    platform_.wire.set_tap([](const net::Address& from, const net::Address& to, std::string_view bytes) {
      if (log::is_enabled(log::Level::debug))
        fmt::print(stderr, "{} -> {} {}\n", from.to_string(), to.to_string(), bytes.substr(0, bytes.find("\r\n")));
      if (from == flows::Platform::sip_address() && !bytes.starts_with("\r\n")) CARILLON_ASSERT(is_sound(bytes) && to.port != 0);
    });
  }

  void run(std::string_view text) {
    for (std::size_t steps = 0; !text.empty() && steps < steps_max; ++steps) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      if (line.size() < 4 || line.front() == '#') continue;
      take(line[0], line[1], number(line[2]), number(line[3]));
      platform_.loop.run_for(5ms);
    }
  }

  /// Everybody is gone: what has begun must come to its end by itself.
  void end() {
    alice_.power_off();
    bob_.power_off();
    carol_.power_off();
    stranger_.power_off();
    const Monotonic last = platform_.loop.now() + longest_wait;
    while (!platform_.leftovers().empty() && platform_.loop.now() < last) platform_.loop.run_for(33s);
    CARILLON_ASSERT(platform_.leftovers().empty());
    CARILLON_ASSERT(platform_.journal.unfinished_calls().empty());
    std::set<CallId> calls;
    for (const auto& call : platform_.journal.ended_calls()) {
      CARILLON_ASSERT(!call.ended.broken || is_restarted_);  // Whoever was ringing then has a record that says so.
      CARILLON_ASSERT(calls.insert(call.ended.call).second);
    }
  }

 private:
  void take(char who, char verb, unsigned a, unsigned b) {
    ScriptedPhone* const phones[] = {&alice_, &bob_, &carol_};
    if (who >= 'A' && who <= 'C') return phones[who - 'A']->act(verb, a, b, *phones[b % 3]);
    if (who == 'S') {
      stranger_.send(std::string((b % 2 == 0 ? alice_ : bob_).said(a)));
      if (verb != 's') stranger_.act(verb, a, b, alice_);
      return;
    }
    constexpr std::array<Duration, 10> waits = {1ms, 20ms, 200ms, 600ms, 2s, 5s, 12s, 33s, 65s, 200s};
    if (verb == 'w') platform_.loop.run_for(waits[a % waits.size()]);
    if (verb == 'k') {
      is_restarted_ = true;
      platform_.restart_signalling();
    }
    if (verb == 'l') {
      constexpr std::array<double, 4> shares = {0, 0.2, 0.5, 1};
      platform_.wire.set_quality({.jitter = b % 2 == 0 ? 0ms : 30ms, .loss = shares[a % 4], .duplication = shares[a / 4 % 3]});
    }
  }

  flows::Platform platform_;
  ScriptedPhone alice_;
  ScriptedPhone bob_;
  ScriptedPhone carol_;
  ScriptedPhone stranger_;
  bool is_restarted_ = false;
};

/// Every door that catches what broke counts it (docs/adr/0013-where-broken-is-caught.md).
void check_nothing_broke() {
  const std::string text = metrics::Registry::process().text();
  for (std::size_t at = text.find("\ncarillon_"); at != std::string::npos; at = text.find("\ncarillon_", at + 1)) {
    const std::string_view line = std::string_view(text).substr(at + 1, text.find('\n', at + 1) - at - 1);
    if (line.contains("_broken_total")) CARILLON_ASSERT(line.ends_with(" 0"));
  }
}

}  // namespace
}  // namespace carillon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::log::set_level(std::getenv("CARILLON_LOG") != nullptr ? carillon::log::Level::debug : carillon::log::Level::off);
  carillon::fuzz::Script script;
  script.run({reinterpret_cast<const char*>(data), size});
  script.end();
  carillon::fuzz::check_nothing_broke();
  return 0;
}
