// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a capture server finds in each packet what it needs, with the sizes that it insists on.
#include "hep/packet.hpp"

#include <gtest/gtest.h>

namespace carillon::hep {
namespace {

struct Chunk {
  std::string value;
  std::uint64_t number() const {
    std::uint64_t number = 0;
    for (const char c : value) number = number << 8U | static_cast<unsigned char>(c);
    return number;
  }
};

/// Written from the layout, without the encoder.
std::map<unsigned, Chunk> decode(std::string_view bytes) {
  const auto u16 = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]) << 8U | static_cast<unsigned char>(bytes[at + 1]));
  };
  EXPECT_EQ(bytes.substr(0, 4), "HEP3");
  EXPECT_EQ(u16(4), bytes.size());
  std::map<unsigned, Chunk> chunks;
  for (std::size_t at = 6; at < bytes.size();) {
    EXPECT_EQ(u16(at), 0U);
    const std::size_t size = u16(at + 4);
    EXPECT_GE(size, 6U);
    EXPECT_LE(at + size, bytes.size());
    if (size < 6 || at + size > bytes.size()) break;
    EXPECT_FALSE(chunks.contains(static_cast<unsigned>(u16(at + 2))));
    chunks[static_cast<unsigned>(u16(at + 2))] = {std::string(bytes.substr(at + 6, size - 6))};
    at += size;
  }
  return chunks;
}

Packet sample() {
  return {.transport = net::Transport::udp,
          .from = *net::Address::parse("192.0.2.1", 5060),
          .to = *net::Address::parse("198.51.100.7", 40001),
          .at = Instant(1'700'000'000'123'456us),
          .agent = 9,
          .node = "east",
          .correlation = "0123",
          .payload = "OPTIONS sip:x SIP/2.0\r\n\r\n"};
}

TEST(Hep, HasEveryChunk) {
  auto chunks = decode(encode(sample()));
  EXPECT_EQ(chunks[1].value, "\x02");
  EXPECT_EQ(chunks[2].value, "\x11");
  EXPECT_EQ(chunks[3].number(), 0xc0000201U);
  EXPECT_EQ(chunks[3].value.size(), 4U);
  EXPECT_EQ(chunks[4].number(), 0xc6336407U);
  EXPECT_EQ(chunks[7].value.size(), 2U);
  EXPECT_EQ(chunks[7].number(), 5060U);
  EXPECT_EQ(chunks[8].number(), 40001U);
  EXPECT_EQ(chunks[9].value.size(), 4U);
  EXPECT_EQ(chunks[9].number(), 1'700'000'000U);
  EXPECT_EQ(chunks[10].value.size(), 4U);
  EXPECT_EQ(chunks[10].number(), 123'456U);
  EXPECT_EQ(chunks[11].value, "\x01");
  EXPECT_EQ(chunks[12].value.size(), 4U);
  EXPECT_EQ(chunks[12].number(), 9U);
  EXPECT_EQ(chunks[15].value, "OPTIONS sip:x SIP/2.0\r\n\r\n");
  EXPECT_EQ(chunks[17].value, "0123");
  EXPECT_EQ(chunks[19].value, "east");
}

TEST(Hep, TellsIPv6AndStreams) {
  Packet packet = sample();
  packet.transport = net::Transport::tls;
  packet.from = *net::Address::parse("2001:db8::1", 5061);
  packet.to = *net::Address::parse("2001:db8::2", 5062);
  auto chunks = decode(encode(packet));
  EXPECT_EQ(chunks[1].value, "\x0a");
  EXPECT_EQ(chunks[2].value, "\x06");
  EXPECT_FALSE(chunks.contains(3));
  ASSERT_EQ(chunks[5].value.size(), 16U);
  EXPECT_EQ(chunks[5].value.back(), '\x01');
  EXPECT_EQ(chunks[6].value.back(), '\x02');
}

TEST(Hep, FitsInADatagram) {
  Packet packet = sample();
  const std::string payload(70'000, 'x');
  packet.payload = payload;
  const std::string bytes = encode(packet);
  EXPECT_EQ(bytes.size(), 65507U);
  EXPECT_LT(decode(bytes)[15].value.size(), 65507U);
}

}  // namespace
}  // namespace carillon::hep
