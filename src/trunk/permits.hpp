// SPDX-License-Identifier: GPL-3.0-or-later
// How many calls a brand or a carrier has with the world at a time (ACL-9). Each is counted in one place for all shards, the
// shard that has its slot (ruling 10); whoever wants one call more asks there, and has a permit as long as the call's leg to the
// world is.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "base/id.hpp"
#include "base/loop.hpp"
#include "base/task.hpp"
#include "model/entities.hpp"

namespace carillon::trunk {

/// Whose calls are counted.
struct PermitKey {
  enum class Kind : std::uint8_t { brand, carrier };
  Kind kind{};
  std::int64_t id = 0;
  auto operator<=>(const PermitKey&) const = default;

  static PermitKey of(Id<model::Brand> brand) { return {Kind::brand, brand.value}; }
  static PermitKey of(Id<model::Carrier> carrier) { return {Kind::carrier, carrier.value}; }
  /// The shard that has this slot counts.
  std::uint8_t slot() const { return static_cast<std::uint8_t>(id % 256); }
};

/// The counts of those whose slots a shard has. Its own thread only.
class PermitCounts {
 public:
  /// Whether the call is one of `most`. One that is counted already is not counted twice.
  bool take(const PermitKey& key, const CallId& call, std::uint32_t most);
  void give_back(const PermitKey& key, const CallId& call);
  std::size_t count(const PermitKey& key) const;

 private:
  std::map<PermitKey, std::set<CallId>> calls_;
};

/// The way to whoever counts, of one shard.
class PermitOffice {
 public:
  /// Called once on the asking shard's thread, in a later turn; never after the office is gone.
  using Done = std::move_only_function<void(bool)>;
  virtual void take(const PermitKey& key, const CallId& call, std::uint32_t most, Done done) = 0;
  virtual void give_back(const PermitKey& key, const CallId& call) = 0;

 protected:
  ~PermitOffice() = default;
};

/// Of a shard that is alone.
class LocalPermits final : public PermitOffice {
 public:
  explicit LocalPermits(Loop& loop) : loop_(loop) {}
  void take(const PermitKey& key, const CallId& call, std::uint32_t most, Done done) override;
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

/// One call more of `most`; 0: as many as there are, which is not asked for. Nothing: there are as many as may be. The office
/// outlives the permit.
Task<std::optional<Permit>> take_permit(Loop& loop, PermitOffice& office, PermitKey key, CallId call, std::uint32_t most);

/// The same for a call that is there already, however many there may be.
Permit hold_permit(PermitOffice& office, const PermitKey& key, const CallId& call);

}  // namespace carillon::trunk
