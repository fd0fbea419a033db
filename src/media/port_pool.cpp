// SPDX-License-Identifier: GPL-3.0-or-later
// Two queues make the rule: ready pairs in the order in which they came back, and resting ones with the end of their rest.
#include "media/port_pool.hpp"

#include "base/assert.hpp"
#include "base/id.hpp"
#include "base/kill_point.hpp"

namespace carillon::media {

namespace {

/// Pairs whose sockets stay open while nobody leases them: all of the default range, far from the limit of open files.
constexpr std::size_t max_open_pairs = 4096;
/// A port that another program holds costs one attempt; so many are made for one lease.
constexpr int max_attempts = 256;

}  // namespace

void PortPair::on_datagram(Port& port, const net::Address& from, std::string_view bytes) {
  if (!user_) {
    ++pool_.late_datagrams_;
    return;
  }
  is_touched_ = true;
  if (&port == &rtp_) {
    user_->on_rtp_port(from, bytes);
  } else {
    user_->on_rtcp_port(from, bytes);
  }
}

PortPool::PortPool(Loop& loop, BindUdp bind, const net::Address& host, Range range)
    : loop_(loop), bind_(std::move(bind)), host_(host), quarantine_(range.quarantine) {
  // RFC 3550 §11: RTP on an even port, RTCP on the next.
  first_port_ = static_cast<std::uint16_t>((range.min + 1) & ~1);
  std::uint32_t count = range.max > first_port_ ? (range.max - first_port_ + 1U) / 2 : 0;
  pairs_.resize(count);
  // A restarted process does not begin with the ports that its predecessor used first.
  std::uint32_t start = count == 0 ? 0 : static_cast<std::uint32_t>(random_bits() % count);
  for (std::uint32_t i = 0; i < count; ++i) ready_.push_back((start + i) % count);
}

PortPool::~PortPool() {
  CARILLON_ASSERT(leased_ == 0);
}

bool PortPool::open(std::uint32_t index) {
  auto pair = std::make_unique<PortPair>(*this);
  auto rtp = bind_(host_.with_port(rtp_port(index)), pair->rtp_);
  if (!rtp) return false;
  auto rtcp = bind_(host_.with_port(static_cast<std::uint16_t>(rtp_port(index) + 1)), pair->rtcp_);
  if (!rtcp) return false;
  pair->rtp_.socket = *std::move(rtp);
  pair->rtcp_.socket = *std::move(rtcp);
  pairs_[index] = std::move(pair);
  ++open_;
  return true;
}

Result<PortPool::Lease> PortPool::take(PortPair::User& user, bool is_for_help) {
  Monotonic now = loop_.now();
  const auto must_not_rest = [&] { return resting_.front().until <= now || (is_for_help && ready_.empty()); };
  while (!resting_.empty() && must_not_rest()) {
    ready_.push_back(resting_.front().index);
    resting_.pop_front();
  }
  const std::size_t kept = is_for_help ? 0 : reserve();
  for (int attempt = 0; attempt < max_attempts && ready_.size() > kept; ++attempt) {
    std::uint32_t index = ready_.front();
    ready_.pop_front();
    if (!pairs_[index] && !open(index)) {
      resting_.push_back({index, now + quarantine_});
      continue;
    }
    PortPair& pair = *pairs_[index];
    pair.user_ = &user;
    pair.is_touched_ = false;
    pair.has_source_ = false;
    ++leased_;
    kill_point("media.port_leased");
    return Lease(&pair, GiveBack{this});
  }
  return failure(Fault::no_ports, "All media ports are in use; widen media.port_min..media.port_max.");
}

void PortPool::give_back(PortPair& pair) {
  CARILLON_ASSERT(pair.user_ != nullptr && leased_ > 0);
  auto index = static_cast<std::uint32_t>((pair.rtp_address().port - first_port_) / 2);
  bool is_touched = pair.is_touched_;
  pair.user_ = nullptr;
  --leased_;
  if (open_ > max_open_pairs) {
    pairs_[index].reset();
    --open_;
  }
  // A pair on which nothing arrived has no peer that could still send; it only goes to the end of the queue.
  if (is_touched) {
    resting_.push_back({index, loop_.now() + quarantine_});
  } else {
    ready_.push_back(index);
  }
}

bool PortPool::is_ours(const net::Address& address) const {
  // Which addresses are this host's is for the caller to know when we are bound to all of them.
  const bool is_host = host_.is_unspecified() ? host_.is_v4() == address.is_v4() : address.same_host(host_);
  if (!is_host || address.port < first_port_) return false;
  std::size_t index = (address.port - first_port_) / 2U;
  return index < pairs_.size() && pairs_[index] != nullptr;
}

}  // namespace carillon::media
