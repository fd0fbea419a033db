// SPDX-License-Identifier: GPL-3.0-or-later
// A whole platform in one thread: a real signalling shard and a real media engine on a simulated network under a virtual clock.
// Only the disk is replaced: the journal is a list that the test reads.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "directory/snapshot.hpp"
#include "media/control_server.hpp"
#include "roles/signalling/shard.hpp"
#include "support/fake_resolver.hpp"
#include "support/sample_countries.hpp"
#include "support/sample_database.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::flows {

/// Durable at once, and everything that was said kept.
class MemoryJournal final : public call::JournalSink, public registrar::Registrar::Log, public pbx::Notifier::Log {
 public:
  explicit MemoryJournal(Loop& loop) : loop_(loop) {}
  void append(journal::Record record) override { records_.push_back(std::move(record)); }
  Task<bool> commit(journal::Record record) override;
  void append(std::uint8_t, const journal::Registration& record, std::size_t) override { registrations_.push_back(record); }
  void append(std::uint8_t, const journal::Subscription& record, std::size_t) override { subscriptions_.push_back(record); }
  const std::vector<journal::Registration>& registrations() const { return registrations_; }
  const std::vector<journal::Subscription>& subscriptions() const { return subscriptions_; }

  /// A call as its records tell it; only calls that have ended.
  struct EndedCall {
    journal::Setup setup;
    bool is_answered = false;
    std::size_t dialogs = 0;
    journal::Ended ended;
  };
  std::vector<EndedCall> ended_calls() const;
  /// As the real one finds them on its disk.
  std::vector<journal::UnfinishedCall> unfinished_calls() const;

  bool has_room() const override { return !is_full; }
  bool is_full = false;     ///< As the real one's disk: it takes nothing new.
  bool is_stalled = false;  ///< Nothing becomes durable in time.

 private:
  Loop& loop_;
  std::vector<journal::Record> records_;
  std::vector<journal::Registration> registrations_;
  std::vector<journal::Subscription> subscriptions_;
};

/// The demo's company with three more subscribers, loaded once: alice 101, bob 102, user0001 100001, …
std::shared_ptr<const directory::Snapshot> demo_company();

class Platform {
 public:
  explicit Platform(std::uint64_t seed);

  test::VirtualLoop loop;
  test::SimulatedWire wire;
  test::SimulatedNetwork network;
  MemoryJournal journal;
  test::FakeResolver names{loop};  ///< The DNS of the carriers' side.
  std::unique_ptr<media::ControlServer> media;
  std::unique_ptr<roles::Shard> shard;

  /// What servers of carriers show that speak TLS, which is the certificate of sip.operator.example.
  static net::TlsContext& carriers_tls();

  static net::Address sip_address();
  static net::Address trunk_address();
  static net::Address trunk_address_v6();  ///< If it is tuned to have one.
  static constexpr std::uint16_t trunk_tls_port = 7061;

  /// Changes a field of a row of the company: `table` is "terminals" and the like. False when there is no such row or field.
  bool configure(std::string_view table, std::string_view name, std::string_view field, std::string_view value);

  /// Any change of the company's rows.
  bool execute(const std::string& sql);

  /// A server of that carrier of the company's brand at this address; a carrier that is not there is made, with a route for all
  /// of Spain.
  void add_server(const std::string& carrier, const std::string& address);

  /// An account of ours at that carrier, whose registrar is at this address. No realm: it has no password.
  void add_registration(const std::string& carrier, const std::string& address, const std::string& user,
                        const std::string& password, const std::string& realm);
  /// How the one with this username stands.
  trunk::RegistrationState registration(const std::string& user) const;

  /// A terminal in that domain, whose password is its name: of the domain's customer, or of its brand's retail customer.
  void add_terminal(const std::string& account, const std::string& kind, const std::string& domain);
  /// A PBX of the company's, whose password is its name.
  void add_pbx(const std::string& account);
  /// An account of a retail customer in the domain brand.example, likewise; `number` leads there.
  void add_retail_account(const std::string& account, const std::string& number);
  /// Another company, of another brand and in another slot, with a telephone of this name, which is also its password, that this
  /// number rings.
  void add_company(const std::string& account, const std::string& number);
  /// A carrier of that company's brand calls from there too, and what it calls is read so.
  void share_source(const std::string& address, const std::string& search, const std::string& replacement);
  void add_block(const std::string& brand, const std::string& prefix);

  /// A price of that plan of the company's brand, which is made when it is not there.
  void add_price(const std::string& plan, const std::string& prefix);
  /// The company's calls go by that plan too.
  void assign_plan(const std::string& plan, int metric);

  /// Adds a network of the company's.
  void grant(std::string_view range);

  /// Says in which country these addresses are; later words win, as long as they are about fewer.
  void place(std::string_view range, std::string_view country);

  /// The signalling process dies and another takes its place, with nothing but what was written down.
  void restart_signalling();
  void stop_signalling() { shard.reset(); }
  void start_signalling();
  /// What the next start does otherwise.
  std::function<void(roles::Shard::Settings&)> tune;
  /// Its calls are gone with it.
  void restart_media();

  /// What must be nothing once every call is over; empty when it is.
  std::string leftovers() const;

 private:
  testing::SampleDatabase& database();
  void publish();

  std::unique_ptr<testing::SampleDatabase> database_;  ///< Once something of the company was changed.
  std::vector<testing::CountryRange> places_;
  std::shared_ptr<const directory::Snapshot> company_ = demo_company();
};

}  // namespace carillon::flows
