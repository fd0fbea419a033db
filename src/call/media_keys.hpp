// SPDX-License-Identifier: GPL-3.0-or-later
// How a leg's streams are protected: our keys, and what a description of ours says of them.
#pragma once

#include <vector>

#include "model/contact_policy.hpp"
#include "rtp/srtp_profile.hpp"
#include "sdp/relay.hpp"

namespace carillon::call {

/// Our keys of one leg: made when first asked for, the same for as long as the leg lives, so that descriptions repeat themselves
/// and media keeps its state.
class MediaKeys {
 public:
  /// Valid until the next call, as is what find() gives.
  const rtp::SrtpKey& key_of(std::size_t stream, rtp::SrtpProfile profile);
  /// Null when we have said none.
  const rtp::SrtpKey* find(std::size_t stream, rtp::SrtpProfile profile) const;
  /// Those of a description that we sent before a restart.
  void restore(const sdp::Session& ours);

 private:
  struct Key {
    std::size_t stream;
    rtp::SrtpKey key;
  };
  std::vector<Key> keys_;  ///< At most one for each stream and profile.
};

/// What a description for a leg's peer says of the keys of its streams. It answers `session`'s open offer; else it offers what is
/// agreed already, or, to a peer that has said nothing yet, what its account wants.
std::vector<sdp::StreamSecurity> security_towards(const sdp::OfferAnswer& session, model::MediaEncryption wanted,
                                                  std::size_t streams, MediaKeys& keys);

}  // namespace carillon::call
