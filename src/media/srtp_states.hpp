// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of keys of SRTP, for as long as somebody may come back to one: a leg takes its keys along to another call, a
// device that rang before is heard again. The state of a key is one in the whole engine, so that no index is used twice.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "rtp/srtp.hpp"

namespace carillon::media {

/// Of senders or of receivers. State is shared by all streams that have the key, and kept until `kept_max` others were let go.
template <class Side>
class SrtpStates {
 public:
  std::shared_ptr<Side> take(const rtp::SrtpKey& key) {
    std::weak_ptr<Side>& known = states_[name_of(key)];
    if (auto state = known.lock()) return state;
    auto state = std::make_shared<Side>(key);
    known = state;
    return state;
  }
  /// By whoever needs it no more.
  void let_go(const rtp::SrtpKey& key, std::shared_ptr<Side> state) {
    kept_.emplace_back(name_of(key), std::move(state));
    if (kept_.size() <= kept_max) return;
    auto [name, oldest] = std::move(kept_.front());
    kept_.pop_front();
    if (oldest.use_count() == 1) states_.erase(name);
  }

 private:
  static constexpr std::size_t kept_max = 512;
  static std::string name_of(const rtp::SrtpKey& key) { return key.master + static_cast<char>(key.profile); }

  std::unordered_map<std::string, std::weak_ptr<Side>> states_;  ///< Of streams that are there, and of those that are kept.
  std::deque<std::pair<std::string, std::shared_ptr<Side>>> kept_;
};

}  // namespace carillon::media
