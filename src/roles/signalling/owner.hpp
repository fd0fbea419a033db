// SPDX-License-Identifier: GPL-3.0-or-later
// Who owns a message (ruling 9): what we gave out says it by itself, everything else by the customer that it names. Pure but for
// the memory of transactions under way, so that a change of configuration cannot part a CANCEL from its INVITE.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "agent/recent_table.hpp"
#include "agent/sides.hpp"
#include "dialplan/inbound.hpp"
#include "directory/named_sources.hpp"
#include "directory/snapshot.hpp"
#include "sip/message.hpp"

namespace carillon::roles {

/// Which share of the 256 virtual slots a shard serves.
struct Share {
  unsigned index = 0;
  unsigned count = 1;
  unsigned shard_of(std::uint8_t slot) const { return slot % count; }
  bool owns(std::uint8_t slot) const { return shard_of(slot) == index; }
};

/// Whether the host of a URI is the address that the request came to.
bool is_own_address(std::string_view host, const net::Address& listener);

/// The customer that a URI names: by the domain, of a brand's domain by the account too, or the first one by the address that the
/// request came to, so that a telephone needs no DNS.
const directory::Customer* find_owner(const directory::Snapshot& snapshot, const sip::Uri& uri, const net::Address& listener);
/// The same by the domain alone, with a name that is not escaped.
const directory::Customer* find_account(const directory::Snapshot& snapshot, std::string_view domain, std::string_view name);

/// Where a request came from, as the dialplan asks it. `named`: where carriers' names lead; it outlives the source.
dialplan::Source source_of(const net::Flow& flow);
dialplan::Source source_of(const net::Flow& flow, const directory::NamedSources& named);

/// Who a request says that it is from. Views and pointers live as long as the message and the snapshot.
struct Origin {
  std::string_view host;                          ///< Of the domain that it names: of From, of a REGISTER To.
  std::string account;                            ///< Who has to prove itself, not escaped.
  const directory::Customer* customer = nullptr;  ///< Whose account that is, or whose domain; null: nobody's.
  const directory::Terminal* trusted = nullptr;   ///< A PBX that is known by where it calls from, and has nothing to prove.
};

/// A telephone names its account in From. What calls from behind a PBX has a number there, and its account is the one whose
/// password it has; a PBX that writes its own host there means the domain of the Request-URI.
Origin origin_of(const sip::Message& request, const net::Flow& flow, const directory::Snapshot& snapshot);

/// Whether that account is a PBX that is known by where it is: within its dialogs it has nothing to prove either.
bool is_trusted_source(const directory::Snapshot& snapshot, const net::Flow& flow, std::string_view realm,
                       std::string_view account);

/// Who is called by a carrier's request.
dialplan::Inbound find_inbound(const directory::Snapshot& snapshot, const sip::Message& request, const net::Flow& flow,
                               const directory::NamedSources& named);

/// The slot of a message: of our branch in a response, of our tag in a request within a dialog, of the customer that
/// it is from (from a carrier: of the one with the number that is called), else one made from the source. Nothing for a
/// response to what we did not send.
std::optional<std::uint8_t> slot_of(const sip::Message& message, const net::Flow& flow, const directory::Snapshot& snapshot,
                                    const agent::Sides& sides = {}, const directory::NamedSources& named = {});

/// The same as a shard, for one thread on which messages arrive.
class Owners {
 public:
  explicit Owners(unsigned shards);

  /// Before the first message.
  void set_sides(agent::Sides sides) { sides_ = std::move(sides); }
  void set_snapshot(std::shared_ptr<const directory::Snapshot> snapshot) { snapshot_ = std::move(snapshot); }

  void set_named_source(Id<model::CarrierServer> server, std::vector<directory::NamedSources::Bytes> addresses) {
    named_.set(server, std::move(addresses));
  }

  /// Repetitions of an INVITE, its CANCEL and the ACK of its refusal go where the INVITE went, as long as it may ring.
  std::optional<unsigned> find(const sip::Message& message, const net::Flow& flow, Monotonic now);

  /// For what cannot even be read.
  unsigned find_any(const net::Address& source) const;

 private:
  struct Begun {
    unsigned shard = 0;
    Monotonic until{};
  };
  Share share_;
  agent::Sides sides_;
  std::shared_ptr<const directory::Snapshot> snapshot_;
  directory::NamedSources named_;
  agent::RecentTable<Begun> begun_;
};

}  // namespace carillon::roles
