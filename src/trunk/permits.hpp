// SPDX-License-Identifier: GPL-3.0-or-later
// How many calls somebody has with the world at a time, and begins in a minute (ACL-9, reliability T-03). Each is counted in one
// place for all shards, the shard that has its slot (ruling 10); whoever wants one call more asks there, and has a permit as long
// as the call's leg to the world is.
#pragma once

#include <compare>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "base/id.hpp"
#include "base/loop.hpp"
#include "base/task.hpp"
#include "model/entities.hpp"
#include "trunk/pace.hpp"

namespace carillon::trunk {

/// Whose calls are counted.
struct PermitKey {
  enum class Kind : std::uint8_t { brand, carrier, customer, user, terminal };
  Kind kind{};
  std::int64_t id = 0;
  std::int64_t home = 0;  ///< What it lives with: people and telephones live with their customer.
  auto operator<=>(const PermitKey&) const = default;

  static PermitKey of(Id<model::Brand> brand) { return {Kind::brand, brand.value, brand.value}; }
  static PermitKey of(Id<model::Carrier> carrier) { return {Kind::carrier, carrier.value, carrier.value}; }
  static PermitKey of(Id<model::Customer> customer) { return {Kind::customer, customer.value, customer.value}; }
  static PermitKey of(Id<model::User> user, Id<model::Customer> customer) { return {Kind::user, user.value, customer.value}; }
  static PermitKey of(Id<model::Terminal> terminal, Id<model::Customer> customer) {
    return {Kind::terminal, terminal.value, customer.value};
  }
  /// The shard that has this slot counts.
  std::uint8_t slot() const { return static_cast<std::uint8_t>(home % 256); }
};

/// How many calls that one may have; 0: as many as there are.
struct CallLimit {
  std::uint32_t at_a_time = 0;
  std::uint32_t a_minute = 0;  ///< Begun.
};

/// What comes of wanting one call more.
enum class Verdict : std::uint8_t {
  taken,
  full,     ///< There are as many as may be.
  too_fast  ///< As many have begun within a minute.
};

/// The counts of those whose slots a shard has. Its own thread only.
class PermitCounts {
 public:
  /// Whether the call is one of those that may be. One that is counted already is not counted twice.
  Verdict take(const PermitKey& key, const CallId& call, const CallLimit& limit, Monotonic now);
  void give_back(const PermitKey& key, const CallId& call);
  std::size_t count(const PermitKey& key) const;

 private:
  bool take_turn(const PermitKey& key, std::uint32_t most, Monotonic now);

  std::map<PermitKey, std::set<CallId>> calls_;
  std::map<PermitKey, Pace> paces_;  ///< Of those that began calls lately.
  Monotonic next_sweep_{};
};

/// The way to whoever counts, of one shard.
class PermitOffice {
 public:
  /// Called once on the asking shard's thread, in a later turn; never after the office is gone.
  using Done = std::move_only_function<void(Verdict)>;
  virtual void take(const PermitKey& key, const CallId& call, const CallLimit& limit, Done done) = 0;
  virtual void give_back(const PermitKey& key, const CallId& call) = 0;

 protected:
  ~PermitOffice() = default;
};

/// Of a shard that is alone.
class LocalPermits final : public PermitOffice {
 public:
  explicit LocalPermits(Loop& loop) : loop_(loop) {}
  void take(const PermitKey& key, const CallId& call, const CallLimit& limit, Done done) override;
  void give_back(const PermitKey& key, const CallId& call) override { counts_.give_back(key, call); }
  PermitCounts& counts() { return counts_; }

 private:
  Loop& loop_;
  PermitCounts counts_;
};

/// Held as long as the call counts; null: nobody counts it.
using Permit = std::shared_ptr<const void>;

/// How long whoever counts may take. A shard that is too busy to answer keeps no call from being made.
constexpr Duration permit_patience = 50ms;

/// One call more; where nothing is limited nobody is asked. An error is never `taken`. The office outlives the permit.
Task<std::expected<Permit, Verdict>> take_permit(Loop& loop, PermitOffice& office, PermitKey key, CallId call, CallLimit limit);

/// The same for a call that is there already, however many there may be.
Permit hold_permit(PermitOffice& office, const PermitKey& key, const CallId& call);

}  // namespace carillon::trunk
