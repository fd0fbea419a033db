// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a request is answered once however often it comes, repeated answers keep to the timers, and nothing outlives them.
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "base/assert.hpp"
#include "sip/transaction_wire.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::sip {
namespace {

using Fate = TransactionTable::Fate;
using State = ServerTransaction::State;

class TransactionServer : public testing::Test {
 protected:
  TransactionId accept(const TestRequest& request, const Hop& hop) {
    const std::string bytes = request.bytes();
    const auto message = Message::parse(bytes);
    EXPECT_TRUE(message);
    auto accepted = table_.accept(*message, hop, &log_);
    EXPECT_TRUE(accepted);
    return (*accepted)->id();
  }
  bool respond(TransactionId id, const TestRequest& request, int status) {
    return table_.respond(id, status, make_response(request.bytes(), status));
  }
  Fate come(const TestRequest& request, const Hop& hop) { return receive(table_, request.bytes(), hop).fate; }
  State state(TransactionId id) {
    const ServerTransaction* transaction = table_.find_server(id);
    return transaction != nullptr ? transaction->state() : State::ended;
  }
  TestRequest ack_of(TestRequest request) {
    request.method = "ACK";
    request.to_tag = "bob-tag";
    return request;
  }

  test::VirtualLoop loop_;
  Wire wire_{loop_};
  TransactionTable table_{loop_, wire_};
  ServerLog log_;
  const Hop udp_ = make_hop(1);
  const Hop tcp_ = make_hop(1, true);
  const TestRequest invite_;
};

TEST_F(TransactionServer, RepeatsAFailureUntilTheAckIsGivenUp) {
  // RFC 3261 §17.2.1: timer G from T1 to T2, timer H after 64*T1.
  const TransactionId id = accept(invite_, udp_);
  EXPECT_TRUE(respond(id, invite_, 486));
  loop_.run_for(40s);
  EXPECT_EQ(wire_.times(), (std::vector<std::int64_t>{0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}));
  EXPECT_EQ(log_.failures, 1);
  EXPECT_EQ(state(id), State::ended);
  EXPECT_EQ(table_.server_count(), 0U);
  EXPECT_EQ(loop_.timers().size(), 0U);
}

TEST_F(TransactionServer, WhatBreaksByATimerEndsThatOneAlone) {
  const TransactionId id = accept(invite_, udp_);
  EXPECT_TRUE(respond(id, invite_, 486));
  wire_.is_broken = true;
  loop_.run_for(600ms);
  EXPECT_EQ(log_.failures, 1);
  EXPECT_EQ(log_.last, TransactionFailure::broken);
  EXPECT_EQ(table_.server_count(), 0U);
}

TEST_F(TransactionServer, StopsAtTheAckAndAbsorbsMoreOfThem) {
  const TransactionId id = accept(invite_, udp_);
  respond(id, invite_, 486);
  loop_.run_for(2s);
  EXPECT_EQ(wire_.sent.size(), 3U);
  EXPECT_EQ(come(ack_of(invite_), udp_), Fate::absorbed);
  EXPECT_EQ(state(id), State::confirmed);
  EXPECT_EQ(come(ack_of(invite_), udp_), Fate::absorbed);
  EXPECT_EQ(come(invite_, udp_), Fate::absorbed) << "a late copy of the INVITE";
  loop_.run_for(t4 - 1ms);
  EXPECT_EQ(state(id), State::confirmed);
  loop_.run_for(1ms);
  EXPECT_EQ(state(id), State::ended);
  EXPECT_EQ(wire_.sent.size(), 3U);
  EXPECT_EQ(log_.failures, 0);
}

TEST_F(TransactionServer, RepeatsNothingOverStreams) {
  const TransactionId id = accept(invite_, tcp_);
  respond(id, invite_, 486);
  loop_.run_for(20s);
  EXPECT_EQ(wire_.sent.size(), 1U);
  EXPECT_EQ(come(ack_of(invite_), tcp_), Fate::absorbed);
  EXPECT_EQ(state(id), State::ended);
}

TEST_F(TransactionServer, RepeatsTheLastProvisionalWhenTheInviteComesAgain) {
  const TransactionId id = accept(invite_, udp_);
  EXPECT_EQ(come(invite_, udp_), Fate::absorbed);
  EXPECT_TRUE(wire_.sent.empty()) << "nothing was said yet";
  respond(id, invite_, 100);
  respond(id, invite_, 180);
  EXPECT_EQ(come(invite_, udp_), Fate::absorbed);
  EXPECT_EQ(wire_.count("SIP/2.0 180"), 2U);
  EXPECT_EQ(wire_.count("SIP/2.0 100"), 1U);
}

TEST_F(TransactionServer, KeepsAnAcceptedInviteForItsCopies) {
  // RFC 6026 §7.1.
  const TransactionId id = accept(invite_, udp_);
  EXPECT_TRUE(respond(id, invite_, 200));
  EXPECT_EQ(state(id), State::accepted);
  EXPECT_EQ(come(invite_, udp_), Fate::absorbed);
  EXPECT_EQ(wire_.sent.size(), 1U) << "the user repeats the 2xx, not the transaction";
  EXPECT_TRUE(respond(id, invite_, 200));
  EXPECT_FALSE(respond(id, invite_, 486)) << "too late to change one's mind";
  EXPECT_EQ(come(ack_of(invite_), udp_), Fate::ack) << "even with the INVITE's branch it is the dialog's";
  EXPECT_EQ(wire_.sent.size(), 2U);
  loop_.run_for(transaction_timeout);
  EXPECT_EQ(state(id), State::ended);
  EXPECT_EQ(log_.failures, 0);
}

TEST_F(TransactionServer, RingsForTenMinutesAtMost) {
  const TransactionId id = accept(invite_, udp_);
  respond(id, invite_, 180);
  loop_.run_for(ringing_max);
  EXPECT_EQ(state(id), State::ended);
  EXPECT_EQ(log_.failures, 1);
}

TEST_F(TransactionServer, AnswersOtherRequestsOnceMorePerCopy) {
  TestRequest bye;
  bye.method = "BYE";
  bye.to_tag = "bob-tag";
  const TransactionId id = accept(bye, udp_);
  EXPECT_EQ(come(bye, udp_), Fate::absorbed);
  EXPECT_TRUE(wire_.sent.empty());
  EXPECT_TRUE(respond(id, bye, 200));
  EXPECT_FALSE(respond(id, bye, 481));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(come(bye, udp_), Fate::absorbed);
  EXPECT_EQ(wire_.count("SIP/2.0 200"), 4U);
  loop_.run_for(transaction_timeout - 1ms);
  EXPECT_EQ(state(id), State::completed);
  loop_.run_for(1ms);
  EXPECT_EQ(state(id), State::ended);
  const TransactionId stream = accept(bye, tcp_);
  respond(stream, bye, 200);
  EXPECT_EQ(state(stream), State::ended) << "timer J is zero on streams";
}

TEST_F(TransactionServer, GivesOtherRequestsNoProvisionalsAndNoLateFinal) {
  // RFC 4320.
  TestRequest options;
  options.method = "OPTIONS";
  const TransactionId id = accept(options, udp_);
  EXPECT_FALSE(respond(id, options, 180));
  EXPECT_FALSE(respond(id, options, 100)) << "too early";
  loop_.run_for(3500ms);
  EXPECT_FALSE(respond(id, options, 183));
  EXPECT_TRUE(respond(id, options, 100));
  EXPECT_EQ(come(options, udp_), Fate::absorbed);
  EXPECT_EQ(wire_.count("SIP/2.0 100"), 2U);
  loop_.run_for(transaction_timeout);
  EXPECT_EQ(log_.failures, 1);
  EXPECT_FALSE(respond(id, options, 200));
  EXPECT_EQ(wire_.sent.size(), 2U);
}

TEST_F(TransactionServer, RecognisesWhatBelongsToAnInvite) {
  const struct {
    const char* what;
    void (*change)(TestRequest&);
    std::uint8_t host;
    Fate fate;
    bool finds_invite;
  } cases[] = {
      {"a copy", [](TestRequest&) {}, 1, Fate::absorbed, false},
      {"a copy by another way", [](TestRequest&) {}, 9, Fate::absorbed, false},
      {"another branch", [](TestRequest& r) { r.branch = "z9hG4bKother"; }, 1, Fate::request, false},
      {"another device with that branch", [](TestRequest& r) { r.sent_by = "192.0.2.77"; }, 1, Fate::request, false},
      {"a device with one branch for all calls", [](TestRequest& r) { r.call_id = "call-2"; }, 1, Fate::request, false},
      {"and for all requests", [](TestRequest& r) { r.cseq = 2; }, 1, Fate::request, false},
      {"another method", [](TestRequest& r) { r.method = "OPTIONS"; }, 1, Fate::request, false},
      {"its CANCEL", [](TestRequest& r) { r.method = "CANCEL"; }, 1, Fate::cancel, true},
      {"its CANCEL from elsewhere", [](TestRequest& r) { r.method = "CANCEL"; }, 9, Fate::cancel, false},
      {"its CANCEL by a device that learned its address",
       [](TestRequest& r) {
         r.method = "CANCEL";
         r.sent_by = "203.0.113.4:40000";
       },
       1, Fate::cancel, true},
      {"a CANCEL of another call",
       [](TestRequest& r) {
         r.method = "CANCEL";
         r.sent_by = "203.0.113.4:40000";
         r.call_id = "call-2";
       },
       1, Fate::cancel, false},
      {"an ACK before any answer", [](TestRequest& r) { r.method = "ACK"; }, 1, Fate::ack, false},
      {"an ACK of another branch",
       [](TestRequest& r) {
         r.method = "ACK";
         r.branch = "z9hG4bKack";
       },
       1, Fate::ack, false},
  };
  const TransactionId id = accept(invite_, udp_);
  for (const auto& c : cases) {
    TestRequest request = invite_;
    c.change(request);
    const auto received = receive(table_, request.bytes(), make_hop(c.host));
    EXPECT_EQ(received.fate, c.fate) << c.what;
    EXPECT_EQ(received.invite, c.finds_invite ? id : TransactionId{}) << c.what;
  }
}

TEST_F(TransactionServer, RecognisesDevicesOfRfc2543) {
  TestRequest invite = invite_;
  invite.branch = "";
  const TransactionId id = accept(invite, udp_);
  EXPECT_EQ(come(invite, udp_), Fate::absorbed);
  TestRequest other = invite;
  other.cseq = 2;
  EXPECT_EQ(come(other, udp_), Fate::request);
  other = invite;
  other.uri = "sip:carol@example.com";
  EXPECT_EQ(come(other, udp_), Fate::request);
  other = invite;
  other.branch = "1";
  EXPECT_EQ(come(other, udp_), Fate::request) << "the Via differs";
  TestRequest cancel = invite;
  cancel.method = "CANCEL";
  EXPECT_EQ(receive(table_, cancel.bytes(), udp_).invite, id);
  respond(id, invite, 487);
  EXPECT_EQ(come(ack_of(invite), udp_), Fate::absorbed);
  EXPECT_EQ(state(id), State::confirmed);
}

TEST_F(TransactionServer, TellsOfACancelUntilItIsAnswered) {
  const TransactionId id = accept(invite_, udp_);
  TestRequest request = invite_;
  request.method = "CANCEL";
  const std::string bytes = request.bytes();
  const auto cancel = Message::parse(bytes);
  table_.report_cancel(id, *cancel);
  EXPECT_EQ(log_.cancels, 1);
  respond(id, invite_, 487);
  table_.report_cancel(id, *cancel);
  table_.report_cancel({}, *cancel);
  EXPECT_EQ(log_.cancels, 1);
  const TransactionId own = accept(request, udp_);
  EXPECT_TRUE(respond(own, request, 200));
  EXPECT_EQ(come(request, udp_), Fate::absorbed) << "a copy of the CANCEL";
}

TEST_F(TransactionServer, TakesAnAckWhoseViaWasRewritten) {
  const TransactionId id = accept(invite_, udp_);
  respond(id, invite_, 486);
  TestRequest ack = ack_of(invite_);
  ack.sent_by = "203.0.113.4:40000";
  EXPECT_EQ(come(ack, make_hop(9)), Fate::ack) << "not from another host";
  EXPECT_EQ(come(ack, udp_), Fate::absorbed);
  EXPECT_EQ(state(id), State::confirmed);
}

TEST_F(TransactionServer, DetachedListenersHearNothing) {
  const TransactionId id = accept(invite_, udp_);
  table_.set_listener(id, static_cast<ServerTransaction::Listener*>(nullptr));
  loop_.run_for(ringing_max);
  EXPECT_EQ(log_.failures, 0);
}

TEST_F(TransactionServer, SaysWhenNothingWasSent) {
  const TransactionId id = accept(invite_, tcp_);
  wire_.is_up = false;
  EXPECT_FALSE(respond(id, invite_, 180));
  EXPECT_FALSE(respond(id, invite_, 486));
  EXPECT_EQ(state(id), State::completed);
}

TEST_F(TransactionServer, HoldsItsBounds) {
  TransactionTable small(loop_, wire_, {.servers_max = 3, .clients_max = 3, .bytes_max = 4000});
  std::vector<TransactionId> ids;
  const auto accept_one = [&](int number) {
    TestRequest request;
    request.branch += std::to_string(number);
    const std::string bytes = request.bytes();
    const auto message = Message::parse(bytes);
    return small.accept(*message, udp_);
  };
  for (int i = 0; i < 3; ++i) ids.push_back((*accept_one(i))->id());
  EXPECT_TRUE(accept_one(3).error().is(TransactionFault::table_full));
  small.respond(ids[0], 486, std::string(4000, 'x'));
  EXPECT_EQ(small.kept_bytes(), 4000U);
  small.respond(ids[1], 200, std::string(4000, 'x'));
  EXPECT_EQ(small.kept_bytes(), 4000U) << "a 2xx is not kept";
  loop_.run_for(transaction_timeout);
  EXPECT_EQ(small.kept_bytes(), 0U);
  EXPECT_EQ(small.server_count(), 1U);
  auto again = accept_one(4);
  ASSERT_TRUE(again);
  small.respond((*again)->id(), 486, std::string(4000, 'x'));
  EXPECT_TRUE(accept_one(5).error().is(TransactionFault::table_full)) << "too many bytes";
  EXPECT_EQ(small.find_server(ids[0]), nullptr) << "its cell may have a new tenant, its name has not";
}

#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST_F(TransactionServer, KeepsLittleAfterTheFinalResponse) {
  // sip.md 1.4: at most 1.5 kB, with identifiers and a response of the usual size.
  constexpr int count = 2560;
  TestRequest request;
  request.method = "REGISTER";
  request.call_id = std::string(40, 'c');
  const std::string response = make_response(request.bytes(), 200, std::string(34, 't')) + std::string(200, 'x');
  const std::size_t before = ::mallinfo2().uordblks;
  for (int i = 0; i < count; ++i) {
    request.branch = "z9hG4bK" + std::to_string(i) + std::string(30, 'b');
    ASSERT_TRUE(table_.respond(accept(request, udp_), 200, response));
  }
  wire_.sent.clear();
  wire_.sent.shrink_to_fit();
  const std::size_t each = (::mallinfo2().uordblks - before) / count;
  EXPECT_EQ(table_.server_count(), static_cast<std::size_t>(count));
  EXPECT_LT(each, 1500U);
  RecordProperty("bytes_per_transaction", static_cast<int>(each));
}
#endif

}  // namespace
}  // namespace carillon::sip
