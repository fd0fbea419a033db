// SPDX-License-Identifier: GPL-3.0-or-later
// Follows in the DNS where the carriers' servers with names are, for those carriers whose home is one shard (ruling 10), so that
// their calls are known when they come (RTE-14). Names are asked for their addresses, never addresses for their names.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/task.hpp"
#include "directory/named_sources.hpp"
#include "directory/snapshot.hpp"
#include "trunk/trunks.hpp"

namespace carillon::trunk {

class SourceNames {
 public:
  static constexpr std::size_t addresses_max = 16;  ///< Of one server.
  /// Between two looks. What is still fresh costs no question: the cache keeps it for its time, 30 s at least and an hour at
  /// most, and for a day while the DNS is away.
  static constexpr Duration interval = 30s;
  static constexpr unsigned missing_max = 2;   ///< So often an address may be missing: names that take turns, answers in parts.
  static constexpr unsigned failures_max = 3;  ///< So often in a row nobody may know anything.

  class Observer {
   public:
    virtual void on_source_addresses(Id<model::CarrierServer> server, std::vector<directory::NamedSources::Bytes> addresses) = 0;

   protected:
    ~Observer() = default;
  };

  /// All outlive it.
  SourceNames(Loop& loop, Trunks& trunks, Observer& observer);

  /// What is configured from now on; `is_home` says whether a carrier's slot is here.
  void on_snapshot(const directory::Snapshot& snapshot, const std::function<bool(std::uint8_t slot)>& is_home);

 private:
  struct Address {
    directory::NamedSources::Bytes bytes{};
    unsigned missing = 0;
  };
  struct Followed {
    Followed(Loop& loop, Wanted its_wanted) : wanted(std::move(its_wanted)), changed(loop) {}
    Wanted wanted;
    bool is_wanted = true;
    std::vector<Address> addresses;
    unsigned failures = 0;
    Signal changed;
  };
  using Key = Id<model::CarrierServer>;

  Task<> follow(Key server, std::shared_ptr<Followed> followed);
  Task<> look(Key server, std::shared_ptr<Followed> followed);
  void give_up(Key server, Followed& followed);
  static Task<> next_change(std::shared_ptr<Followed> followed);
  void note(Key server, Followed& followed, const Result<std::vector<Target>>& found);
  void tell(Key server, const Followed& followed);

  Loop& loop_;
  Locator locator_;
  Observer& observer_;
  std::map<Key, std::shared_ptr<Followed>> followed_;
  Scope scope_;  ///< Last: it is gone first.
};

}  // namespace carillon::trunk
