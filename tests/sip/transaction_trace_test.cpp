// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whoever looks on hears of every message of a call's transactions, in order and with its call, and of no other.
#include "sip/transaction_wire.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::sip {
namespace {

using Passed = std::vector<std::string>;

class TransactionTrace : public testing::Test {
 protected:
  TransactionId send(const TestRequest& request, std::uint64_t call) {
    const std::string bytes = request.bytes();
    auto sent = table_.request({method_from(request.method), request.branch, bytes, {0, call}}, hop_, &client_);
    EXPECT_TRUE(sent);
    return (*sent)->id();
  }
  void answer(const TestRequest& request, int status) { receive(table_, make_response(request.bytes(), status), hop_); }
  TransactionId take(const TestRequest& request, std::uint64_t call) {
    const std::string bytes = request.bytes();
    receive(table_, bytes, hop_);
    auto made = table_.accept(*Message::parse(bytes), hop_, &server_, {0, call});
    EXPECT_TRUE(made);
    return (*made)->id();
  }
  void respond(TransactionId id, const TestRequest& request, int status) {
    table_.respond(id, status, make_response(request.bytes(), status));
  }

  test::VirtualLoop loop_;
  Wire wire_{loop_};
  TransactionTable table_{loop_, wire_};
  ClientLog client_;
  ServerLog server_;
  const Hop hop_ = make_hop(2);
};

TEST_F(TransactionTrace, TellsAnInviteOfOurs) {
  const TestRequest invite;
  send(invite, 7);
  loop_.run_for(600ms);
  answer(invite, 180);
  answer(invite, 486);
  answer(invite, 486);
  EXPECT_EQ(wire_.passed, (Passed{"7>INVITE", "7>INVITE", "7<180", "7<486", "7>ACK", "7<486", "7>ACK"}));
}

TEST_F(TransactionTrace, TellsACancelOfOurs) {
  const TestRequest invite;
  const TransactionId id = send(invite, 7);
  answer(invite, 180);
  table_.cancel(id);
  TestRequest cancel = invite;
  cancel.method = "CANCEL";
  answer(cancel, 200);
  answer(invite, 487);
  EXPECT_EQ(wire_.passed, (Passed{"7>INVITE", "7<180", "7>CANCEL", "7<200", "7<487", "7>ACK"}));
}

TEST_F(TransactionTrace, TellsAnInviteOfTheirs) {
  TestRequest invite;
  const TransactionId id = take(invite, 7);
  respond(id, invite, 180);
  receive(table_, invite.bytes(), hop_);
  respond(id, invite, 486);
  loop_.run_for(600ms);
  invite.method = "ACK";
  receive(table_, invite.bytes(), hop_);
  EXPECT_EQ(wire_.passed, (Passed{"7<INVITE", "7>180", "7<INVITE", "7>180", "7>486", "7>486", "7<ACK"}));
}

TEST_F(TransactionTrace, TellsNothingOfWhatBelongsToNoCall) {
  TestRequest options;
  options.method = "OPTIONS";
  send(options, 0);
  answer(options, 200);
  options.branch = "z9hG4bKother";
  respond(take(options, 0), options, 200);
  EXPECT_EQ(wire_.passed, Passed());
}

TEST_F(TransactionTrace, KeepsCallsApart) {
  TestRequest one;
  TestRequest other;
  other.branch = "z9hG4bKother";  // The same Call-ID, as somebody may choose.
  send(one, 7);
  send(other, 8);
  answer(other, 180);
  answer(one, 180);
  EXPECT_EQ(wire_.passed, (Passed{"7>INVITE", "8>INVITE", "8<180", "7<180"}));
}

}  // namespace
}  // namespace carillon::sip
