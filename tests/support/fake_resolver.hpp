// SPDX-License-Identifier: GPL-3.0-or-later
// The DNS of a simulated world: a zone in memory on the loop's clock, with names that are late, silent or refused.
#pragma once

#include <algorithm>
#include <list>
#include <map>
#include <set>
#include <string>

#include "base/loop.hpp"
#include "net/resolver.hpp"

namespace carillon::test {

/// Names that nobody wrote in are not there. Answers come in a later turn.
class FakeResolver final : public net::Resolver {
 public:
  static constexpr Duration patience = 4s;  ///< As the real one's: then a silent name is `slow`.

  explicit FakeResolver(Loop& loop) : loop_(loop) {}

  FakeResolver& a(const std::string& name, const std::string& address) {
    return add(name, {.type = net::DnsType::a, .value = address});
  }
  FakeResolver& aaaa(const std::string& name, const std::string& address) {
    return add(name, {.type = net::DnsType::aaaa, .value = address});
  }
  FakeResolver& srv(const std::string& name, const std::string& target, std::uint16_t port, std::uint16_t priority = 10,
                    std::uint16_t weight = 10) {
    return add(name, {.type = net::DnsType::srv, .value = target, .priority = priority, .port = port, .weight = weight});
  }
  FakeResolver& naptr(const std::string& name, const std::string& service, const std::string& to, std::uint16_t order = 10,
                      std::uint16_t preference = 10) {
    return add(name, {.type = net::DnsType::naptr,
                      .value = to,
                      .priority = order,
                      .service = service,
                      .flags = "s",
                      .preference = preference});
  }
  FakeResolver& add(const std::string& name, const net::DnsRecord& record) {
    zone_[{name, record.type}].push_back(record);
    return *this;
  }
  void remove(const std::string& name, net::DnsType type) { zone_.erase({name, type}); }

  Duration ttl = 60s;
  Duration delay{};                      ///< Of every answer.
  bool is_away = false;                  ///< Nobody answers.
  bool is_failing = false;               ///< Everything is refused.
  std::set<std::string> silent;          ///< Names that nobody answers for.
  std::map<std::string, Duration> late;  ///< Names whose answers take longer.
  std::vector<net::DnsQuestion> asked;

  int times(const net::DnsQuestion& question) const { return static_cast<int>(std::ranges::count(asked, question)); }

  void ask(net::DnsQuestion question, Done done) override {
    asked.push_back(question);
    const bool is_silent = is_away || silent.contains(question.name);
    const auto slow = late.find(question.name);
    const Duration wait = is_silent ? patience : slow != late.end() ? slow->second : delay;
    Open& open = open_.emplace_back(*this);
    open.done = std::move(done);
    open.answer = is_silent ? net::DnsAnswer{.outcome = net::DnsOutcome::slow, .records = {}} : look_up(question);
    open.place = std::prev(open_.end());
    loop_.timers().arm(open.timer, loop_.now() + wait);
  }

 private:
  struct Open {
    explicit Open(FakeResolver& its_owner) : owner(its_owner) {}
    FakeResolver& owner;
    Done done;
    net::DnsAnswer answer;
    std::list<Open>::iterator place;
    Timer timer{[](void* self) { static_cast<Open*>(self)->finish(); }, this};

    void finish() {
      Done finished = std::move(done);
      const net::DnsAnswer said = std::move(answer);
      owner.open_.erase(place);
      finished(said);
    }
  };

  net::DnsAnswer look_up(const net::DnsQuestion& question) const {
    if (is_failing) return {};
    const auto found = zone_.find(question);
    if (found == zone_.end()) return {.outcome = net::DnsOutcome::no_records, .records = {}};
    return {.outcome = net::DnsOutcome::records, .records = found->second, .ttl = ttl};
  }

  Loop& loop_;
  std::map<net::DnsQuestion, std::vector<net::DnsRecord>> zone_;
  std::list<Open> open_;
};

}  // namespace carillon::test
