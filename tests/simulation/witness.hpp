// SPDX-License-Identifier: GPL-3.0-or-later
// Sees everything and believes nobody: what was sent, what became durable, what was stored in the end, and whether they agree.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "journal/records.hpp"
#include "net/network.hpp"
#include "simulation/disk.hpp"
#include "store/database.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::simulation {

class Witness {
 public:
  Witness(test::VirtualLoop& loop, net::Address server) : loop_(loop), server_(server) {}

  /// The host of a company's telephone, and the domains that are not its own.
  void add_host(const net::Address& host, std::vector<std::string> foreign_domains);

  /// A message on the wire.
  void see(const net::Address& from, const net::Address& to, std::string_view bytes);
  /// A file whose content is durable now.
  void see(const Disk::NodePointer& node);
  /// Compares what was stored with what was durable.
  void compare(store::Database& database);
  /// A finding of somebody else's.
  void object(std::string what);

  bool is_content() const { return faults_.empty(); }
  const std::vector<std::string>& faults() const { return faults_; }

  struct Counts {
    std::uint64_t messages = 0;
    std::uint64_t calls = 0;     ///< Durable setups.
    std::uint64_t answered = 0;  ///< Answers that a caller has heard.
  };
  Counts counts() const;

 private:
  void see_answer(std::string_view call_id);

  test::VirtualLoop& loop_;
  net::Address server_;
  std::map<net::Address, std::vector<std::string>> hosts_;
  std::set<std::string, std::less<>> callers_;  ///< Call-IDs of dialogs that telephones began.
  struct Talk {
    Monotonic from{};  ///< When its 200 left.
    Monotonic to{};    ///< When the platform last said BYE, or accepted one.
  };
  std::map<std::string, Talk, std::less<>> heard_;                               ///< Those of them whose 200 has left.
  std::map<const Disk::Node*, std::pair<Disk::NodePointer, std::size_t>> read_;  ///< How far each file has been seen.
  std::map<CallId, std::string> setups_;                                         ///< Durable, with their Call-ID.
  std::set<CallId> answered_;                                                    ///< Durable.
  std::set<std::string, std::less<>> answered_call_ids_;
  std::vector<std::string> faults_;
  std::uint64_t messages_ = 0;
};

}  // namespace carillon::simulation
