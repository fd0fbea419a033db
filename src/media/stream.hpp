// SPDX-License-Identifier: GPL-3.0-or-later
// One media line of one leg: its ports, the latch on its peer, and the relaying of what the peer sends to the stream it is joined
// to.
#pragma once

#include <memory>
#include <optional>

#include "media/address_policy.hpp"
#include "media/latch.hpp"
#include "media/port_pool.hpp"
#include "media/srtp_states.hpp"
#include "ng/legs.hpp"
#include "rtp/loss_counter.hpp"
#include "rtp/receiver_report.hpp"
#include "rtp/srtp.hpp"

namespace carillon::media {

/// What all streams of one engine share.
struct RelayContext {
  Loop& loop;
  const AddressPolicy& policy;
  std::function<bool(const net::Address&)> is_own_port;
  std::uint64_t relayed_packets = 0;
  std::uint64_t strangers = 0;
  std::uint64_t discarded = 0;
  std::uint64_t forbidden_destinations = 0;
  SrtpStates<rtp::SrtpSender> senders;
  SrtpStates<rtp::SrtpReceiver> receivers;
};

class Stream final : PortPair::User {
 public:
  /// Takes ports from `pool`; without a pool the stream only keeps its place in the order (Kind::other).
  static Result<std::unique_ptr<Stream>> open(RelayContext& context, PortPool* pool, bool is_for_help = false);
  explicit Stream(RelayContext& context) : context_(context) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    join(nullptr);
    let_go_of_keys();
  }

  /// A new offer or answer. `source` is where signalling comes from, `local` our address that it comes to. `is_internal`: the
  /// peer is a stream of ours.
  void signal(const ng::StreamSpec& spec, const net::Address& source, const net::Address& local = {}, bool is_internal = false);

  /// Joins both streams to each other; each leaves the one it was joined to. nullptr: leaves.
  void join(Stream* other);

  /// Silence counts from now on, or not at all.
  void watch(bool is_answered);

  /// True once for each silence of the peer longer than `limit` while it must be heard.
  bool is_newly_silent(Duration limit);
  /// True while the peer has been silent for longer than `limit` although it must be heard.
  bool is_silent_for(Duration limit) const;
  /// False on hold, of either direction: many a phone that holds by sendonly has no music and sends nothing.
  bool must_be_heard() const;
  /// When the peer was last heard, at the earliest the time of the last signal() of either side.
  Monotonic last_sign_of_life() const { return last_life_; }

  /// The port to write into the SDP; none for a stream without ports.
  std::optional<net::Address> local() const;
  ng::StreamStatistics statistics() const;

 private:
  void on_rtp_port(const net::Address& from, std::string_view bytes) override;
  void on_rtcp_port(const net::Address& from, std::string_view bytes) override;
  void on_rtcp(const net::Address& from, std::string_view bytes, bool is_own_port);
  void set_keys(const std::optional<ng::SrtpKeys>& keys);
  void let_go_of_keys();
  void send_rtp(std::string_view bytes);
  void send_rtcp(std::string_view bytes);
  void discard();
  void set_destinations();
  bool is_from_peer_host(const net::Address& from) const;
  std::optional<net::Address> checked(std::optional<net::Address> destination);

  RelayContext& context_;
  Latch latch_;
  Stream* joined_ = nullptr;
  bool is_loopback_ = false;  ///< Its signalling is.
  bool is_internal_ = false;
  bool may_send_ = false;  ///< `rtp_to_` may be sent to.
  net::Address rtp_to_;
  PortPool::Lease ports_;
  ng::StreamSpec spec_;
  bool changes_payloads_ = false;
  std::array<std::uint8_t, 128> payloads_{};  ///< Only read if `changes_payloads_`.

  bool is_protected_ = false;
  bool may_begin_anew_ = false;       ///< Since the last description nothing of the peer's was authentic.
  std::optional<ng::SrtpKeys> keys_;  ///< The last that it had. With them:
  std::shared_ptr<rtp::SrtpReceiver> receiver_;
  std::shared_ptr<rtp::SrtpSender> sender_;

  std::optional<net::Address> rtcp_to_;
  std::optional<net::Address> rtcp_learned_;

  bool is_answered_ = false;
  bool is_silence_told_ = false;
  Monotonic last_life_{};

  rtp::LossCounter loss_;
  std::optional<rtp::ReceiverReport> reported_;  ///< By the peer, last.
  std::uint64_t received_packets_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t sent_packets_ = 0;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t strangers_ = 0;
  std::uint64_t discarded_ = 0;
};

}  // namespace carillon::media
