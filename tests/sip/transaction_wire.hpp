// SPDX-License-Identifier: GPL-3.0-or-later
// Messages and a wire for the tests of transactions and dialogs.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/loop.hpp"
#include "gtest/gtest.h"
#include "sip/message.hpp"
#include "sip/transaction_table.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {

/// A hop by the last byte of its address.
inline Hop make_hop(std::uint8_t host, bool is_reliable = false, std::uint16_t port = 5060) {
  Hop hop;
  hop.host = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, host};
  hop.port = port;
  hop.is_reliable = is_reliable;
  return hop;
}

/// A request as a device would send it; members are changed to taste.
struct TestRequest {
  std::string_view method = "INVITE";
  std::string uri = "sip:bob@example.com";
  std::string sent_by = "192.0.2.1:5060";
  std::string branch = "z9hG4bKfirst";  ///< Empty: none, as in RFC 2543.
  std::string call_id = "call-1";
  std::string from_tag = "alice-tag";
  std::string to_tag;
  std::uint32_t cseq = 1;
  std::string extra;  ///< Whole header lines.

  std::string bytes() const {
    const std::string via_branch = branch.empty() ? "" : ";branch=" + branch;
    const std::string tag = to_tag.empty() ? "" : ";tag=" + to_tag;
    return fmt::format(
        "{} {} SIP/2.0\r\nVia: SIP/2.0/UDP {}{}\r\nMax-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@example.com>;tag={}\r\n"
        "To: <sip:bob@example.com>{}\r\nCall-ID: {}\r\nCSeq: {} {}\r\n{}Content-Length: 0\r\n\r\n",
        method, uri, sent_by, via_branch, from_tag, tag, call_id, cseq, method, extra);
  }
};

/// The response that a device gives to those bytes.
inline std::string make_response(std::string_view request_bytes, int status, std::string_view to_tag = "bob-tag",
                                 std::string_view extra = {}) {
  const auto request = Message::parse(request_bytes);
  EXPECT_TRUE(request) << request_bytes;
  std::string bytes;
  Writer writer(bytes);
  ResponseHead head;
  head.status = status;
  if (status != 100) head.to_tag = to_tag;
  write_response_head(writer, *request, head);
  bytes += extra;
  writer.end();
  return bytes;
}

/// Keeps what was sent, and when.
class Wire final : public TransactionTable::Sender {
 public:
  explicit Wire(const Loop& loop) : loop_(loop), start_(loop.now()) {}

  bool send(const Hop& hop, std::string_view bytes) override {
    CARILLON_ENSURE(!is_broken);
    if (!is_up) return false;
    sent.push_back(
        {hop, std::string(bytes), std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - start_).count()});
    return true;
  }

  /// The first words of what passes, with `>` before what was sent and `<` before what was received.
  void on_passing(const CallId& call, TransactionTable::Passing passing, const Hop&, std::string_view bytes) override {
    const std::string_view line = bytes.substr(0, bytes.find('\r'));
    const std::string_view what = line.starts_with("SIP/2.0 ") ? line.substr(8, 3) : line.substr(0, line.find(' '));
    passed.push_back(fmt::format("{}{}{}", call.low, passing == TransactionTable::Passing::sent ? '>' : '<', what));
  }
  std::vector<std::string> passed;

  struct Sent {
    Hop hop;
    std::string bytes;
    std::int64_t at_ms;
  };
  std::vector<Sent> sent;
  bool is_up = true;
  bool is_broken = false;  ///< Sending meets a fault of the program.

  std::vector<std::int64_t> times() const {
    std::vector<std::int64_t> all;
    for (const Sent& one : sent) all.push_back(one.at_ms);
    return all;
  }
  /// How many begin like that: "ACK", "SIP/2.0 200".
  std::size_t count(std::string_view beginning) const {
    std::size_t number = 0;
    for (const Sent& one : sent) number += one.bytes.starts_with(beginning) ? 1U : 0U;
    return number;
  }

 private:
  const Loop& loop_;
  Monotonic start_;
};

struct ServerLog final : ServerTransaction::Listener {
  void on_cancel(ServerTransaction&, const Message&) override { ++cancels; }
  void on_failure(ServerTransaction&, TransactionFailure failure) override {
    ++failures;
    last = failure;
  }
  int cancels = 0;
  int failures = 0;
  TransactionFailure last{};
};

struct ClientLog final : ClientTransaction::Listener {
  void on_response(ClientTransaction& transaction, const Message& message) override {
    statuses.push_back(message.status());
    was_cancelled = transaction.is_cancelled();
  }
  void on_failure(ClientTransaction&, TransactionFailure failure) override { failures.push_back(failure); }
  std::vector<int> statuses;
  std::vector<TransactionFailure> failures;
  bool was_cancelled = false;
};

/// Receives bytes that must parse.
inline TransactionTable::Received receive(TransactionTable& table, std::string_view bytes, const Hop& hop) {
  const auto message = Message::parse(bytes);
  EXPECT_TRUE(message) << bytes;
  return table.receive(*message, hop);
}

}  // namespace carillon::sip
