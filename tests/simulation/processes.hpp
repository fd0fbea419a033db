// SPDX-License-Identifier: GPL-3.0-or-later
// The platform's processes as the simulation has them: what each owns, what of it outlives its death, and how it comes back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "billing/record_writer.hpp"
#include "media/control_server.hpp"
#include "roles/signalling/journal_writer.hpp"
#include "roles/signalling/owner.hpp"
#include "roles/signalling/shard.hpp"
#include "simulation/disk.hpp"
#include "simulation/worker.hpp"
#include "store/database.hpp"
#include "support/simulated_network.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::simulation {

class Signalling;

/// Where all processes stand. Outlives them.
struct Machine {
  test::VirtualLoop& loop;
  test::SimulatedWire& wire;
  Disk& disk;
  WorkerGround& workers;
  net::Address address;  ///< Of SIP; media is at the same host.
  std::shared_ptr<const directory::Snapshot> snapshot;
  Signalling* signalling = nullptr;  ///< The one there is, also while it starts.
};

class Media {
 public:
  explicit Media(Machine& machine);
  const media::Engine& engine() const { return server_->engine(); }
  void kill() { network_.kill(); }

 private:
  test::SimulatedNetwork network_;
  std::unique_ptr<media::ControlServer> server_;
};

/// All shards, on one loop; several of them share the socket's address and pass on what is another's.
class Signalling {
 public:
  /// Null when the journal cannot be opened.
  static std::unique_ptr<Signalling> start(Machine& machine, unsigned shards);
  Signalling(const Signalling&) = delete;
  Signalling& operator=(const Signalling&) = delete;
  ~Signalling();

  /// From here on nothing that it does has an effect; destroy it before the next turn.
  void kill();
  /// What is left of calls, by name; empty when nothing is.
  std::string leftovers() const;
  std::size_t calls() const;

 private:
  class Seat;
  explicit Signalling(Machine& machine);
  bool open(unsigned shards);

  Machine& machine_;
  test::SimulatedNetwork network_;
  bool is_killed_ = false;
  std::unique_ptr<roles::JournalDisk> disk_;
  std::vector<std::unique_ptr<Seat>> seats_;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

/// The writer of call records: reads the journal, writes a database that outlives it.
class Jobs {
 public:
  Jobs(Machine& machine, store::Database& database);

 private:
  void work();
  void sweep();

  Machine& machine_;
  store::Database& database_;
  std::unique_ptr<billing::RecordWriter> writer_;
  Timer work_;
  Monotonic swept_at_{};
};

inline constexpr std::string_view journal_directory = "/data/journal";
inline constexpr std::string_view registrations_directory = "/data/registrations";

}  // namespace carillon::simulation
