// SPDX-License-Identifier: GPL-3.0-or-later
// What a flow is told with: the platform, who telephones, who looks on, and the words for what they do.
#pragma once

#include <charconv>
#include <functional>
#include <map>
#include <sstream>

#include "flows/operator.hpp"
#include "flows/phone.hpp"
#include "flows/platform.hpp"
#include "flows/watcher.hpp"

namespace carillon::flows {

using Words = std::vector<std::string>;

/// What a step says when it does not hold; the runner adds the line.
struct Disappointment {
  std::string what;
};

inline Duration parse_duration(const std::string& word) {
  unsigned number = 0;
  const char* end = word.data() + word.size();
  const auto [rest, fault] = std::from_chars(word.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (fault == std::errc() && unit == "ms") return std::chrono::milliseconds(number);
  if (fault == std::errc() && unit == "s") return std::chrono::seconds(number);
  if (fault == std::errc() && unit == "m") return std::chrono::minutes(number);
  throw Disappointment{fmt::format("'{}' is no time: say 200ms, 5s or 3m", word)};
}

inline int parse_number(const std::string& word) {
  int number = 0;
  const char* end = word.data() + word.size();
  if (std::from_chars(word.data(), end, number).ptr != end) throw Disappointment{fmt::format("'{}' is no number", word)};
  return number;
}

class Story {
 public:
  explicit Story(std::uint64_t seed) : platform_(seed) {}

  void run(const Words& words) {
    for (const std::vector<Step>* all : {&registration_steps(), &world_steps(), &steps()})
      for (const Step& step : *all)
        if (matches(step, words)) return step.action(*this, words);
    throw Disappointment{"no step reads like this"};
  }

  /// After the last line: every record was told, and nothing is left of any call.
  void close() {
    platform_.loop.run_for(2 * sip::transaction_timeout + 20s);
    if (const std::size_t told = records_told_; platform_.journal.ended_calls().size() > told)
      throw Disappointment{fmt::format("the call {} has no record line", describe(platform_.journal.ended_calls()[told]))};
    if (const std::string left = platform_.leftovers(); !left.empty()) throw Disappointment{"at the end: " + left};
  }

  /// A pattern of words: NAME and friends stand for any word, "..." for any rest.
  struct Step {
    std::string_view pattern;
    std::function<void(Story&, const Words&)> action;
  };

  static bool matches(const Step& step, const Words& words) {
    std::size_t at = 0;
    std::istringstream pattern{std::string(step.pattern)};
    for (std::string word; pattern >> word; ++at) {
      if (word == "...") return true;
      if (at >= words.size()) return false;
      const bool is_any = word.front() >= 'A' && word.front() <= 'Z';
      if (!is_any && word != words[at]) return false;
    }
    return at == words.size();
  }

  /// All of them: who telephones, and what is outside (world_steps.cpp).
  static const std::vector<Step>& steps();
  static const std::vector<Step>& world_steps();
  static const std::vector<Step>& registration_steps();

  /// Nothing goes to it or comes from it.
  void cut(const std::string& name, bool is_cut) {
    const net::Address host = phone(name).host(), platform = Platform::sip_address();
    platform_.wire.set_quality(host, platform, {.cut = is_cut});
    platform_.wire.set_quality(platform, host, {.cut = is_cut});
  }

  Phone& phone(const std::string& name) {
    const auto found = phones_.find(name);
    if (found == phones_.end()) throw Disappointment{fmt::format("nobody is called {}: add a line 'phone {}'", name, name)};
    return *found->second;
  }

  /// The lamps of an account; a telephone with lamps needs none that rings.
  Watcher& watcher(const std::string& name) {
    std::unique_ptr<Watcher>& made = watchers_[name];
    if (made) return *made;
    const auto host = *net::Address::parse(fmt::format("198.51.100.{}", 100 + watchers_.size()), 0);
    made = std::make_unique<Watcher>(platform_.loop, platform_.wire, host, Platform::sip_address(), account_of(name));
    return *made;
  }

  void watch(const std::string& name, const std::string& package, const std::string& number, int status, unsigned seconds) {
    Watcher& lamps = watcher(name);
    lamps.watch(package, number, seconds);
    expect([&] { return lamps.find(number)->status != 0; }, name + " gets no answer to SUBSCRIBE", 32s);
    if (lamps.find(number)->status != status)
      throw Disappointment{fmt::format("{} watches and gets {}", name, lamps.find(number)->status)};
  }

  const Watcher::Lamp& lamp(const std::string& name, const std::string& number) {
    const Watcher::Lamp* lamp = watcher(name).find(number);
    if (lamp == nullptr) throw Disappointment{fmt::format("{} does not watch {}", name, number)};
    return *lamp;
  }

  Phone::Account account_of(const std::string& name) const {
    const std::string user = name.substr(0, name.find('/'));
    Phone::Account account{.user = user, .password = user.starts_with("user") ? "pw-" + user : user};
    if (const auto domain = domains_.find(user); domain != domains_.end()) account.domain = domain->second;
    return account;
  }

  /// "bob", "bob/2" (another device of the same account), "bob/tcp".
  void add_phone(const std::string& name) {
    const auto host = *net::Address::parse(fmt::format("198.51.100.{}", phones_.size() + 1), 0);
    phones_[name] = std::make_unique<Phone>(platform_.loop, platform_.wire, host, Platform::sip_address(), account_of(name),
                                            name.ends_with("/tcp"));
  }

  /// Somebody who speaks to the carriers' side, and is nobody there.
  Phone& add_outsider(const std::string& name, bool is_v6 = false) {
    const std::string network = is_v6 ? "2001:db8:51::" : "198.51.100.";
    const auto host = *net::Address::parse(network + std::to_string(phones_.size() + 1), 0);
    Phone::Account account{.user = name, .password = {}, .domain = host.host()};
    auto& made = phones_[name];
    made = std::make_unique<Phone>(platform_.loop, platform_.wire, host,
                                   is_v6 ? Platform::trunk_address_v6() : Platform::trunk_address(), account, false);
    return *made;
  }

  /// A server of a carrier, which is made if it is not there; none: the carrier has the server's name.
  void add_carrier(const std::string& server, const std::string& carrier) {
    platform_.add_server(carrier.empty() ? server : carrier, add_outsider(server).host().host());
  }

  void add_registration(const std::string& user, const std::string& server, const std::string& password,
                        const std::string& realm) {
    platform_.add_registration(server, phone(server).host().host(), user, password, realm);
  }

  /// A server that speaks TCP or TLS, and nothing else.
  void speak_by_connections(const std::string& name, const std::string& transport) {
    constexpr std::uint16_t plain_port = 5060, tls_port = 5061;
    const bool is_tls = transport == "tls";
    phone(name).listen(is_tls ? tls_port : plain_port, is_tls ? &Platform::carriers_tls() : nullptr);
    const std::string its = fmt::format("host = '{}'", phone(name).host().host());
    set_row("carrier_servers", "transport", transport, its);
    set_row("carrier_servers", "port", std::to_string(is_tls ? tls_port : plain_port), its);
  }

  void set_row(const std::string& table, const std::string& field, const std::string& value, const std::string& which) {
    if (!platform_.execute(fmt::format("UPDATE {} SET {} = '{}' WHERE {}", table, field, value, which)))
      throw Disappointment{"no such row or field"};
  }

  /// Of a server that is known by its name here, or as it is written.
  std::string address_of(const std::string& name) const {
    const auto found = phones_.find(name);
    return found == phones_.end() ? name : found->second->host().host();
  }

  void expect(const std::function<bool()>& holds, const std::string& what, Duration within = 1s) {
    const Monotonic deadline = platform_.loop.now() + within;
    while (!holds()) {
      if (platform_.loop.now() >= deadline) throw Disappointment{what};
      platform_.loop.run_for(5ms);
    }
  }

  Duration within(const Words& words) const {
    return words.size() >= 2 && words[words.size() - 2] == "within" ? parse_duration(words.back()) : patience_;
  }

  void register_phone(const std::string& name, int seconds, int status) {
    phone(name).register_for(static_cast<unsigned>(seconds));
    expect([&] { return phone(name).register_status != 0; }, name + " gets no answer to REGISTER", 32s);
    if (phone(name).register_status != status)
      throw Disappointment{fmt::format("{} registers and gets {}", name, phone(name).register_status)};
  }

  /// Frames of both for a fifth of a second; each must hear the other, or nothing at all.
  void talk(const std::string& speaker, const std::string& listener, bool is_heard) {
    phone(listener).heard.clear();
    for (int i = 0; i < 10; ++i) {
      phone(speaker).speak(speaker);
      platform_.loop.run_for(20ms);
    }
    const int heard = phone(listener).heard[speaker];
    if (is_heard && heard < least_heard_)
      throw Disappointment{fmt::format("{} hears {} of 10 frames of {}", listener, heard, speaker)};
    if (!is_heard && heard != 0) throw Disappointment{fmt::format("{} hears {} frames of {}", listener, heard, speaker)};
  }

  static std::string describe(const MemoryJournal::EndedCall& call) {
    constexpr std::string_view names[] = {"ok", "busy", "noanswer", "cancel", "offline", "timeout", "failed"};
    const std::string& callee = call.ended.callee.empty() ? call.setup.callee : call.ended.callee;
    return fmt::format("{} -> {} {} {} {}ms", call.setup.caller, callee, names[static_cast<std::size_t>(call.ended.status)],
                       call.ended.sip_code, call.ended.duration.count());
  }

  /// record CALLER -> CALLEE STATUS [CODE] [DURATION] [by COUNT attempts]
  void expect_record(Words words) {
    std::optional<int> attempts;
    if (words.back() == "attempts") {
      attempts = parse_number(words[words.size() - 2]);
      words.resize(words.size() - 3);
    }
    expect([&] { return platform_.journal.ended_calls().size() > records_told_; }, "no call has ended", within(words));
    const MemoryJournal::EndedCall call = platform_.journal.ended_calls()[records_told_++];
    std::istringstream told{describe(call)};
    Words actual;
    for (std::string word; told >> word;) actual.push_back(word);
    for (std::size_t i = 0; i < 4; ++i)
      if (words.at(i + 1) != actual[i]) throw Disappointment{"the record is " + describe(call)};
    for (std::size_t i = 5; i < words.size(); ++i) {
      if (words[i].find_first_not_of("0123456789") == std::string::npos) {
        if (words[i] != actual[4]) throw Disappointment{"the record is " + describe(call)};
      } else if (std::chrono::abs(parse_duration(words[i]) - call.ended.duration) > 1s) {
        throw Disappointment{"the record is " + describe(call)};
      }
    }
    if (attempts && call.ended.attempts.size() != static_cast<std::size_t>(*attempts))
      throw Disappointment{fmt::format("the record has {} attempts", call.ended.attempts.size())};
    if (call.ended.at < call.setup.started_at) throw Disappointment{"the record ends before it began: " + describe(call)};
    const bool is_ok = call.ended.status == journal::Status::ok;
    if (!is_ok && call.is_answered && !call.ended.broken)
      throw Disappointment{"an answer is written down, and the record is " + describe(call)};
    const bool is_handed_over = call.setup.link_reason == journal::LinkReason::pickup;
    if (is_ok && (!call.is_answered || (call.dialogs < 2 && !is_handed_over)))
      throw Disappointment{"an answered call without its journal records"};
  }

  Platform platform_;
  std::map<std::string, std::unique_ptr<Phone>> phones_;
  std::map<std::string, std::unique_ptr<Watcher>> watchers_;
  std::map<std::string, std::string> domains_;  ///< Of accounts that are not the company's.
  Operator operator_{platform_};
  std::size_t records_told_ = 0;
  Duration patience_ = 1s;
  Duration lamp_patience_ = 1100ms;  ///< Changes within a second are told together.
  int least_heard_ = 9;              ///< Of ten frames; the first may be lost while the relay learns.
};

}  // namespace carillon::flows
