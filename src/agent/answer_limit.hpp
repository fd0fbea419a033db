// SPDX-License-Identifier: GPL-3.0-or-later
// A datagram may bear another's address, and so may thousands: a network from which nobody has ever answered a challenge gets few
// answers, so that nobody can be buried in them (reliability T-11).
#pragma once

#include "agent/recent_table.hpp"

namespace carillon::agent {

class AnswerLimit {
 public:
  struct Limits {
    std::uint32_t answers =
        5;  ///< To an unverified network (/24 of IPv4, /48 of IPv6) within any second, of the whole process; 0: all.
    std::uint32_t factor = 20;    ///< How many times more a verified one gets; `security.antiflood.trusted_factor`.
    std::uint32_t shards = 1;     ///< Each of these answers its share.
    Duration verified_for = 24h;  ///< After a proof; telephones prove themselves again at every REGISTER.
  };

  explicit AnswerLimit(const Limits& limits, std::size_t capacity = 65536);

  /// Counts one answer to a request by UDP that has proved nothing; false: it must not be sent. The request may come again.
  bool admit(const net::Address& source, Monotonic now);
  /// Somebody there has received a challenge of ours and answered it. True when that was news, or nearly forgotten.
  bool verify(const net::Address& source, Monotonic now);

 private:
  static constexpr std::size_t most = 5;
  struct Network {
    std::array<Monotonic, most> sent{};  ///< The latest answers' times, the oldest at `next`.
    std::uint32_t next = 0;
    std::uint32_t count = 0;  ///< Since `second` began, while it is verified.
    Monotonic second{};
    Monotonic verified_until{};
  };

  Limits limits_;
  std::uint32_t share_;  ///< Answers within `window_` to an unverified network.
  Duration window_;
  RecentTable<Network> networks_;
};

}  // namespace carillon::agent
