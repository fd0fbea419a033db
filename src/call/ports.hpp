// SPDX-License-Identifier: GPL-3.0-or-later
// What a call needs from the floors beside and above it: where subscribers are, what a number leads to, and a durable journal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/task.hpp"
#include "call/redirected.hpp"
#include "call/trunk_side.hpp"
#include "dialplan/external.hpp"
#include "directory/snapshot.hpp"
#include "journal/records.hpp"
#include "net/network.hpp"
#include "sip/refer.hpp"

namespace carillon::call {

/// One way to reach a device: the Request-URI it asked for and the flow that leads to it.
struct Contact {
  std::string uri;
  net::Flow flow;
  std::string account;            ///< The terminal's name: who may prove to speak for this device.
  std::vector<std::string> path;  ///< Route values that lead to it (RFC 3327).
  std::uint16_t q_thousandths = 1000;
  std::shared_ptr<const TrunkSide> trunk = {};  ///< Of a carrier's server; null: a device.
  std::vector<std::shared_ptr<const void>> permits =
      {};                ///< Held as long as the leg is part of a conversation, or may become so.
  Headers headers = {};  ///< Of our first INVITE, besides.
};

/// Where subscribers can be reached; the registrar knows.
class Locations {
 public:
  /// The devices of a terminal that can be reached now, highest q first; empty if it is offline.
  virtual std::vector<Contact> find_contacts(const directory::Terminal& terminal) const = 0;
  /// The contact with this URI gave no sign of life to its INVITE.
  virtual void note_silent(Id<model::Terminal> terminal, std::string_view uri) = 0;

 protected:
  ~Locations() = default;
};

class Call;
class Leg;
struct TransferredCall;

/// How calls leave the platform; the trunks know.
class Outgoing {
 public:
  /// Brings the call to the world: carriers are tried in their order until somebody answers; suspends until the conversation is
  /// over, or nobody answered and the call's ending says why.
  virtual Task<> enter(Call& call, dialplan::External external) = 0;
  /// Whether a call from outside may be one more. Else its ending says that all lines are taken.
  virtual Task<bool> admit(Call& call) = 0;
  /// A call of before a restart counts on; `carrier`: that took it, none: another customer has.
  virtual void count_on(Call& call, Id<model::Carrier> carrier) = 0;
  /// The same to another customer of the platform, or to the caller's own by its number of the world.
  virtual Task<> enter(Call& call, dialplan::OnNet on_net) = 0;

 protected:
  ~Outgoing() = default;
};

/// The other calls of the shard, for those that touch each other.
class Switchboard {
 public:
  /// Null when it is over.
  virtual Call* find_call(CallId id) = 0;
  /// The call with a leg of that dialog, as Replaces names it; null when there is none.
  virtual Call* find_call(const sip::Replaces& named) = 0;
  /// Begins a call that dials for a leg that another has lent. Null, and the leg stays where it is, when there are too many
  /// calls.
  virtual Call* go_on(TransferredCall& call) = 0;
  /// How many calls with the world the customer has now, `but`, and what it came from by a transfer, not counted.
  virtual std::size_t count_external(const directory::Customer& customer, const Call& but) const = 0;
  /// How many calls that user makes and takes now, `but` not counted.
  virtual std::size_t count_calls(const directory::Customer& customer, const directory::User& user, const Call& but) const = 0;
  /// The same of a terminal.
  virtual std::size_t count_calls(const directory::Customer& customer, const directory::Terminal& terminal,
                                  const Call& but) const = 0;

 protected:
  ~Switchboard() = default;
};

/// The journal as a call sees it: appending never waits, and `commit` says when a record is on disk.
class JournalSink {
 public:
  virtual void append(journal::Record record) = 0;

  /// Suspends until the record is durable. False after two seconds without that: then the call must not go on (ruling 2).
  virtual Task<bool> commit(journal::Record record) = 0;

  /// False while the disk fails or is full: what runs is written as far as can be, but nothing new shall begin.
  virtual bool has_room() const { return true; }

 protected:
  ~JournalSink() = default;
};

}  // namespace carillon::call
