// SPDX-License-Identifier: GPL-3.0-or-later
// SIP over TCP and TLS: connections that strangers open are cheap to make, so their number, their patience and their buffers are
// bounded, with room kept for those who have proven an account (reliability T-13). Those that we open lead to carriers: one to
// each place, shared by its calls.
#pragma once

#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "agent/recent_table.hpp"
#include "agent/router.hpp"
#include "base/loop.hpp"
#include "net/network.hpp"
#include "net/tls.hpp"
#include "net/tls_trust.hpp"
#include "sip/stream_framer.hpp"

namespace carillon::agent {

class StreamConnections final : public Streams {
 public:
  struct Limits {
    std::size_t connections = 8192;
    std::size_t reserve = 2048;         ///< Of those, kept for flows that have proven an account: strangers get the rest.
    std::size_t spare = 512;            ///< Never taken by sources that did not prove an account lately: known phones come back.
    std::size_t per_source = 512;       ///< Unproven ones of one address: many phones may share one.
    std::size_t per_known_source = 64;  ///< Unproven ones of a known address where strangers find no place.
    std::size_t per_account = 64;       ///< Proven ones; a further one takes the place of the most silent.
    std::size_t proven_per_source = 2048;  ///< Proven ones of one address; a further one is closed.
    Duration handshake_time = 10s;         ///< From the acceptance of a TLS connection until it is encrypted.
    Duration message_time = 5s;            ///< From the first byte of a message to its last.
    Duration proof_time = 32s;    ///< From its acceptance until a connection has proven an account; pings do not extend it.
    Duration idle = 2h;           ///< With one; registrations and keep-alives come far more often.
    std::size_t outgoing = 1024;  ///< That we have opened,
    std::size_t outgoing_per_brand = 128;   ///< for the carriers of one brand,
    std::size_t outgoing_per_carrier = 32;  ///< and for one of them.
    std::size_t outgoing_waiters = 1024;    ///< Who wait for one of them to be there.
    Duration connect_time = 4s;             ///< Until one of them is there, handshake included.
    Duration outgoing_idle = 20min;  ///< Of them without a word of ours; the refreshes of a call's session come more often.
    sip::Limits message{};
  };

  class User {
   public:
    /// One whole message; its bytes live until the call returns. The flow's connection may be closed inside.
    virtual void on_stream_message(const net::Flow& flow, std::string_view bytes) = 0;
    /// What came can't be framed; the connection is closed after this. `bytes`: as far as it arrived, to refuse it.
    virtual void on_stream_garbage(const net::Flow& flow, std::string_view bytes, const Error& error) = 0;
    virtual void on_stream_closed(const net::Flow& flow) = 0;
    /// A connection of this source was closed for taking more than its share: of connections, or of time for one message.
    virtual void on_stream_greedy(const net::Address& source, std::string_view what) = 0;

   protected:
    ~User() = default;
  };

  StreamConnections(Loop& loop, net::Network& network, Limits limits, User& user);
  ~StreamConnections();

  /// Accepts connections on an address; `listener` goes into their flows. With `tls`, which outlives this, they speak TLS.
  Result<> listen(const net::Address& address, std::uint8_t listener, net::TlsContext* tls = nullptr);

  /// Whom connections by TLS have to prove themselves to; outlives this. Without it there are none.
  void believe(const net::TlsTrust& trust) { trust_ = &trust; }

  void connect(const Way& way, Connected done) override;
  bool send(const net::Flow& flow, std::string_view bytes) override;
  bool is_open(const net::Flow& flow) const override { return find(flow) != nullptr; }
  void prove(const net::Flow& flow, std::uint64_t account) override;
  bool is_proven(const net::Flow& flow) const;
  /// Closes a connection after what was written to it; on_stream_closed() follows.
  void hang_up(const net::Flow& flow);

  std::size_t size() const { return open_; }

 private:
  class Connection;
  struct Door;
  /// Where a connection of ours leads, and whose certificate is shown there.
  using Place = std::tuple<net::Transport, net::Address, net::Address, std::string>;
  void on_accept(const Door& door, std::unique_ptr<net::Stream> stream);
  std::uint32_t take_slot();
  void answer_later(Connected done, Result<net::Flow> result);
  /// Why there is no further connection for a payer, or nothing.
  std::string_view find_refusal(const Payer& payer) const;
  void tell_waiters(Connection& connection, const Result<net::Flow>& result);
  Connection* find(const net::Flow& flow) const;
  void close(Connection& connection);
  void reap();
  /// Why a source gets no further connection, or nothing.
  std::string_view find_refusal(const net::Address& source);
  void forget_stranger(const net::Address& source);
  /// Makes room for one more connection of an account, or says why there is none for its source.
  std::string_view take_place(const Connection& connection, std::uint64_t account);
  void close_most_silent(std::uint64_t account);

  Loop& loop_;
  net::Network& network_;
  Limits limits_;
  User& user_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::vector<std::unique_ptr<Connection>> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::unique_ptr<Connection>> dead_;            ///< Destroyed in the next turn: they may still be on the stack.
  std::unordered_map<std::uint64_t, std::size_t> unproven_;  ///< By source, as the next one.
  std::unordered_map<std::uint64_t, std::size_t> proven_by_source_;
  std::unordered_map<std::uint64_t, std::size_t> proven_by_account_;
  RecentTable<Monotonic> known_sources_{8192};  ///< Until when.
  std::map<Place, std::uint32_t> outgoing_;     ///< Slots of those that we opened.
  std::unordered_map<std::uint64_t, std::size_t> outgoing_of_brand_;
  std::unordered_map<std::uint64_t, std::size_t> outgoing_of_carrier_;
  std::vector<std::pair<Connected, Result<net::Flow>>> answers_;  ///< Given in the next turn.
  const net::TlsTrust* trust_ = nullptr;
  std::size_t open_ = 0;
  std::size_t strangers_ = 0;
  std::uint32_t generation_ = 0;
  Timer reap_;
};

}  // namespace carillon::agent
