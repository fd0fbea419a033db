// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a reliable 1xx is repeated until exactly its PRACK comes (RFC 3262).
#include "sip/reliable_provisional.hpp"

#include "sip/transaction_wire.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::sip {
namespace {

struct NoPrack final : ReliableProvisional::Listener {
  void on_no_prack() override { ++count; }
  int count = 0;
};

class ReliableProvisionalTest : public testing::Test {
 protected:
  std::uint32_t start() {
    const std::uint32_t rseq = ringing_.next_rseq();
    ringing_.start((*table_.accept(*Message::parse(invite_), make_hop(1)))->id(), 1, 183, make_response(invite_, 183));
    return rseq;
  }
  test::VirtualLoop loop_;
  Wire wire_{loop_};
  TransactionTable table_{loop_, wire_};
  NoPrack no_prack_;
  ReliableProvisional ringing_{loop_, table_, no_prack_};
  const std::string invite_ = TestRequest().bytes();
};

TEST_F(ReliableProvisionalTest, IsRepeatedUntilGivenUp) {
  start();
  loop_.run_for(40s);
  EXPECT_EQ(wire_.times(), (std::vector<std::int64_t>{0, 500, 1500, 3500, 7500, 15500, 31500}));
  EXPECT_EQ(no_prack_.count, 1);
}

TEST_F(ReliableProvisionalTest, OnlyItsOwnPrackEndsIt) {
  const std::uint32_t rseq = start();
  EXPECT_FALSE(ringing_.acknowledge({rseq + 1, 1, Method::invite}));
  EXPECT_FALSE(ringing_.acknowledge({rseq, 2, Method::invite}));
  EXPECT_FALSE(ringing_.acknowledge({rseq, 1, Method::update}));
  EXPECT_TRUE(ringing_.is_waiting());
  EXPECT_TRUE(ringing_.acknowledge({rseq, 1, Method::invite}));
  EXPECT_FALSE(ringing_.acknowledge({rseq, 1, Method::invite})) << "a second PRACK means nothing";
  EXPECT_EQ(ringing_.next_rseq(), rseq + 1);
  loop_.run_for(40s);
  EXPECT_EQ(no_prack_.count, 0);
  EXPECT_EQ(wire_.sent.size(), 1U);
}

TEST(Rack, Parses) {
  const auto rack = Rack::parse("776656 1 INVITE");
  ASSERT_TRUE(rack);
  EXPECT_EQ(rack->rseq, 776656U);
  EXPECT_EQ(rack->cseq, 1U);
  EXPECT_EQ(rack->method, Method::invite);
  for (std::string_view bad : {"", "1", "1 ", "1 2", "x 1 INVITE", "1 x INVITE", "99999999999 1 INVITE", "1 2147483648 INVITE"})
    EXPECT_FALSE(Rack::parse(bad)) << bad;
}

}  // namespace
}  // namespace carillon::sip
