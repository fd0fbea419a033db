// SPDX-License-Identifier: GPL-3.0-or-later
// What came and cannot be read as SIP: counted, told in the log within bounds, and answered where it can be. One for each thread
// on which messages arrive.
#pragma once

#include <optional>
#include <string_view>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "net/network.hpp"
#include "sip/message.hpp"

namespace carillon::agent {

class Refusals {
 public:
  struct Refusal {
    sip::Message request;  ///< As far as it can be read; a view of the bytes.
    int status = 0;
  };
  /// The answer that is due, once and without state (reliability T-11); nothing when none may be given.
  std::optional<Refusal> note(const net::Flow& flow, std::string_view bytes, const Error& error, Monotonic now);
  /// A connection was closed because its source takes more than its share of `what`.
  void note_greedy(const net::Address& source, std::string_view what, Monotonic now);

 private:
  log::SourceLimit log_;
  metrics::Counter malformed_{"carillon_sip_messages_malformed_total", "Messages that are not SIP or break its rules"};
};

}  // namespace carillon::agent
