// SPDX-License-Identifier: GPL-3.0-or-later
// One direction of an SRTP stream: which index each packet has, and that none counts twice (RFC 3711 §3.3). The sender never
// seals two packets under one index; the receiver believes nothing that is not authentic.
#pragma once

#include <string>
#include <vector>

#include "rtp/srtp_transform.hpp"

namespace carillon::rtp {

/// The last 128 indices that were seen (RFC 3711 §3.3.2 asks for 64 at least).
class ReplayWindow {
 public:
  bool is_new(std::uint64_t index) const;
  /// Only once the packet was authentic.
  void add(std::uint64_t index);
  std::uint64_t highest() const { return highest_; }
  bool is_empty() const { return is_empty_; }

 private:
  std::uint64_t highest_ = 0;
  std::array<std::uint64_t, 2> seen_{};  ///< Bit n: highest_ - n.
  bool is_empty_ = true;
};

/// The sources of one direction: their roll-over counters and windows.
class SrtpSources {
 public:
  struct Source {
    std::uint32_t ssrc = 0;
    ReplayWindow rtp;
    ReplayWindow rtcp;
    std::uint64_t used = 0;
  };
  explicit SrtpSources(std::size_t max_sources) : max_sources_(max_sources) {}

  Source* find(std::uint32_t ssrc);
  /// Finds or adds; where there is no room, the one that is silent for longest goes.
  Source& take(std::uint32_t ssrc);
  bool is_full() const { return sources_.size() == max_sources_; }

 private:
  std::size_t max_sources_;
  std::vector<Source> sources_;
  std::uint64_t uses_ = 0;
};

/// The index of a packet with this sequence, next to the highest that was seen (RFC 3711 §3.3.1 and appendix A).
std::uint64_t guess_index(const ReplayWindow& window, std::uint16_t sequence);

class SrtpSender {
 public:
  static constexpr std::size_t max_sources = 256;  ///< Some peers take another one after each hold.
  explicit SrtpSender(const SrtpKey& key);

  /// Seals the packet of `size` bytes in `buffer` (with room for `srtp_growth` more). Zero: it must not be sent, since it is no
  /// packet, or its index was used, or it is of one source too many: one that is forgotten could come again.
  std::size_t seal_rtp(std::span<std::uint8_t> buffer, std::size_t size);
  std::size_t seal_rtcp(std::span<std::uint8_t> buffer, std::size_t size);

 private:
  SrtpSources::Source* source_of(std::uint32_t ssrc);

  SrtpTransform rtp_;
  SrtpTransform rtcp_;
  SrtpSources sources_{max_sources};
};

class SrtpReceiver {
 public:
  explicit SrtpReceiver(const SrtpKey& key);

  /// Opens into `plain`, at least as large as `packet`; the size, or nothing for what is not authentic or came before.
  /// `may_begin_anew`: the peer has described itself anew, and may have begun its sequence again with the same key and source, as
  /// telephones do after a hold; the roll-over counter zero is tried, too.
  std::optional<std::size_t> open_rtp(std::span<const std::uint8_t> packet, std::span<std::uint8_t> plain,
                                      bool may_begin_anew = false);
  std::optional<std::size_t> open_rtcp(std::span<const std::uint8_t> packet, std::span<std::uint8_t> plain);

 private:
  SrtpTransform rtp_;
  SrtpTransform rtcp_;
  SrtpSources sources_{16};
};

}  // namespace carillon::rtp
