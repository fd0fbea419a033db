// SPDX-License-Identifier: GPL-3.0-or-later
// Where each device of each subscriber can be reached: REGISTER in, contacts out (RFC 3261 §10.3). Bindings live in memory,
// expire by the wheel, keep the pin-holes of devices behind NAT open, and leave a log behind so that they survive a restart
// (ruling 12).
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/agent.hpp"
#include "base/metrics.hpp"
#include "call/ports.hpp"
#include "directory/snapshot.hpp"
#include "journal/records.hpp"
#include "registrar/way.hpp"

namespace carillon::registrar {

struct Binding;

class Registrar final : public call::Locations {
 public:
  struct Settings {
    std::uint32_t expires_min = 60;  ///< Seconds; below it 423.
    std::uint32_t expires_max = 7200;
    std::uint32_t expires_default = 3600;
    Duration keep_alive = 25s;  ///< Between the datagrams that keep a NAT's mapping.
  };

  /// Where changes go to be written down; never waits.
  class Log {
   public:
    /// `live`: how many bindings the slot has now, for the compaction of its log.
    virtual void append(std::uint8_t slot, const journal::Registration& record, std::size_t live) = 0;

   protected:
    ~Log() = default;
  };

  Registrar(agent::Agent& agent, Log& log, Settings settings);
  ~Registrar();

  /// A REGISTER that has proven to come from this terminal, which is also the one it is about. Answers it.
  void on_register(const agent::Incoming& incoming, const directory::Customer& customer, const directory::Terminal& terminal);

  /// Answers the retransmission of a REGISTER all of whose wishes stand as it left them; changes nothing. False when they do not:
  /// then it may as well be a replay.
  bool answer_again(const agent::Incoming& incoming, const directory::Terminal& terminal);

  /// Takes up a record of the log, oldest first: a later one of the same contact replaces an earlier. Expired bindings and those
  /// of a connection, which is gone, are left out.
  void restore(const journal::Registration& record);
  /// Drops what the directory does not have any more, and what is where it may not be.
  void on_snapshot(const directory::Snapshot& snapshot);

  std::vector<call::Contact> find_contacts(const directory::Terminal& terminal) const override;
  /// Where the terminal is without registering; nothing when its `static_contact` is empty, or names no address.
  std::optional<call::Contact> static_contact(const directory::Terminal& terminal) const;
  void note_silent(Id<model::Terminal> terminal, std::string_view uri) override;
  /// Whether a valid registration came from exactly this address and port.
  bool is_registered(const net::Address& source) const { return by_source_.contains(source_hash(source)); }
  /// As agent::Agent::User asks.
  std::string_view instance_at(const net::Flow& flow, std::string_view account) const;
  void on_flow_closed(const net::Flow& flow);

  std::size_t size() const { return size_; }
  /// Calls `each` for every live binding, or every one of a slot, in no order. The record is valid until it returns.
  void for_each(const std::function<void(const journal::Registration&)>& each) const;
  void for_each(std::uint8_t slot, const std::function<void(const journal::Registration&)>& each) const;

 private:
  struct Account;
  struct Wish;
  using Bindings = std::vector<std::unique_ptr<Binding>>;

  static std::uint64_t source_hash(const net::Address& source);
  static bool names_flow(const std::vector<Wish>& wishes);
  Result<std::vector<Wish>> read_wishes(const sip::Message& request) const;
  int judge(const Account* account, const std::vector<Wish>& wishes, const sip::Message& request,
            const directory::Terminal& terminal) const;
  void refuse(const agent::Incoming& incoming, int status, const Account* account);
  void apply(Account& account, const std::vector<Wish>& wishes, const agent::Incoming& incoming, const Way& way,
             std::string_view realm);
  void make_room(Account& account, const sip::Message& request, const directory::Terminal& terminal);
  bool is_unreachable(const Binding& binding) const;
  void clear(Account& account);
  void take(Binding& binding, const Wish& wish, const agent::Incoming& incoming, const Way& way);
  bool has_newer_flow(const Binding& binding) const;
  Binding& add(Account& account, const net::Flow& flow);
  void move(Binding& binding, const net::Flow& flow);
  void link(Binding& binding);
  void unlink(Binding& binding);
  void write_down(const Binding& binding, bool is_removed);
  void remove(Binding& binding, bool is_logged);
  void forget(Binding& binding);
  void schedule(Binding& binding);
  void on_due(Binding& binding);
  void answer(const agent::Incoming& incoming, const Account* account, const Way& way);
  static Binding* find(const Account* account, const Wish& wish);
  static Binding* find(const Account& account, std::string_view contact, std::string_view instance, std::uint32_t reg_id);
  void tell(const Account& account, journal::Registration& record,
            const std::function<void(const journal::Registration&)>& each) const;

  friend struct Binding;
  agent::Agent& agent_;
  Log& log_;
  Settings settings_;
  std::unordered_map<std::int64_t, Account> accounts_;     ///< By terminal.
  std::unordered_map<std::uint64_t, Binding*> by_source_;  ///< First of those that come from there; a PBX may bring thousands.
  journal::Registration scratch_;                          ///< What write_down() fills each time.
  std::size_t size_ = 0;
  std::array<std::size_t, 256> size_of_slot_{};
  metrics::Gauge bindings_{"carillon_registrar_bindings", "Contacts that are registered now"};
  metrics::Counter registered_{"carillon_registrar_requests_total", "REGISTER requests that were accepted", {{"result", "ok"}}};
  metrics::Counter refused_{"carillon_registrar_requests_total", "REGISTER requests that were accepted", {{"result", "refused"}}};
};

}  // namespace carillon::registrar
