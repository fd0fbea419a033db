// SPDX-License-Identifier: GPL-3.0-or-later
// What an agent asks of its process when it is one of several: whose message is this, and where are the connections?
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/network.hpp"
#include "sip/message.hpp"

namespace carillon::agent {

/// Moves what arrived at one shard's socket and belongs to another.
class Router {
 public:
  /// False: the message is ours. True: a copy is on its way to its owner, or was dropped because that one's mailbox is full.
  virtual bool pass_on(const sip::Message& message, const net::Flow& flow) = 0;
  /// Takes what goes to another customer of the platform to its shard, this one maybe. False when that one's mailbox is full.
  virtual bool send_on_net(const net::Flow& flow, std::string_view bytes) = 0;
  /// Somebody at this source has answered a challenge: the others' Agent::note_verified() is told.
  virtual void verified(const net::Address& source) = 0;
  /// An account has proved itself from there: likewise Agent::note_proven().
  virtual void proven(const net::Address& source) = 0;

 protected:
  ~Router() = default;
};

/// For whom a connection to others is made: no brand's carriers take the room of all. Zeroes: for nobody, who has no share.
struct Payer {
  std::int64_t brand = 0;
  std::int64_t carrier = 0;
  bool operator==(const Payer&) const = default;
};

/// A way to wherever a peer that spoke by this flow said that it can be reached (RFC 3261 §12.1): at the address that it came
/// from, since what its Contact says is not proven, and at the port in there.
struct Way {
  net::Flow flow;    ///< Of no connection yet.
  std::string name;  ///< Whose certificate has to be shown there.
  Payer payer{};
};

/// The connections, on this thread or on another.
class Streams {
 public:
  /// Called once on the loop of whoever asked, in a later turn; never after the streams are gone.
  using Connected = std::move_only_function<void(Result<net::Flow>)>;

  /// A connection of ours to `way.flow.remote`, by TCP or TLS: the one that is there, else a new one, within seconds.
  /// `way.flow.local` is the listener it stands for: it comes from that address, and its port is what the peer is told.
  /// `way.name` is whose certificate has to be shown (TLS), a host name or a numeric address; connections of other names are
  /// others. Errors: net.certificate, net.tls, net.closed, net.queue_full: no room, or the payer has its share.
  virtual void connect(const Way& way, Connected done) = 0;
  /// False when the connection is gone or takes no more.
  virtual bool send(const net::Flow& flow, std::string_view bytes) = 0;
  virtual bool is_open(const net::Flow& flow) const = 0;
  /// Somebody proved an account on this flow: it may stay idle and counts for the account from now on. `account` is its key.
  virtual void prove(const net::Flow& flow, std::uint64_t account) = 0;

 protected:
  ~Streams() = default;
};

}  // namespace carillon::agent
