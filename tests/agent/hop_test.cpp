// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the way between two customers is told in messages and in the journal, and read again, whatever slots they have.
#include "agent/hop.hpp"

#include <gtest/gtest.h>

#include "sip/header_value.hpp"
#include "sip/uri.hpp"

namespace carillon::agent {
namespace {

TEST(OnNetFlow, IsReadableForEverySlot) {
  const net::Address host = *net::Address::parse("192.0.2.1", 5060);
  for (unsigned slot = 0; slot < 256; ++slot) {
    const auto own = static_cast<std::uint8_t>(slot), other = static_cast<std::uint8_t>(255 - slot);
    const net::Flow flow = on_net_flow(host, own, other);
    EXPECT_TRUE(is_on_net(flow));
    EXPECT_EQ(other_slot(flow), other);
    EXPECT_EQ(other_slot(reversed(flow)), own);
    EXPECT_EQ(reversed(reversed(flow)), flow);
    EXPECT_TRUE(sip::Uri::parse("sip:a@" + flow.local.to_string())) << slot;
    EXPECT_TRUE(sip::Via::parse("SIP/2.0/UDP " + flow.local.to_string() + ";branch=z9hG4bKx")) << slot;
    EXPECT_EQ(to_flow(to_hop(flow)), flow);
    EXPECT_EQ(parse_flow(flow_text(flow)), flow);
  }
}

}  // namespace
}  // namespace carillon::agent
