// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what arrives on a media port is told apart, truncated headers are refused, and losses are counted over wraps and
// restarts.
#include "rtp/packet.hpp"

#include <gtest/gtest.h>

#include "rtp/loss_counter.hpp"

namespace carillon::rtp {
namespace {

std::string packet(std::uint8_t first, std::uint8_t second, std::size_t size) {
  std::string bytes(size, '\0');
  if (size > 0) bytes[0] = static_cast<char>(first);
  if (size > 1) bytes[1] = static_cast<char>(second);
  return bytes;
}

TEST(Packet, IsClassified) {
  struct Case {
    std::uint8_t first, second;
    std::size_t size;
    PacketKind kind;
  };
  const Case cases[] = {
      {0x80, 0, 12, PacketKind::rtp},    {0x80, 0x80 | 101, 172, PacketKind::rtp}, {0x80, 191, 12, PacketKind::rtp},
      {0x80, 224, 12, PacketKind::rtp},  {0x80, 0, 11, PacketKind::other},         {0x80, 200, 8, PacketKind::rtcp},
      {0x81, 201, 32, PacketKind::rtcp}, {0x80, 192, 8, PacketKind::rtcp},         {0x80, 223, 8, PacketKind::rtcp},
      {0x80, 200, 7, PacketKind::other}, {0x00, 1, 20, PacketKind::other},         {0x16, 0xfe, 100, PacketKind::other},
      {0x40, 0, 100, PacketKind::other}, {0xc0, 200, 100, PacketKind::other},      {0x80, 0, 0, PacketKind::other},
      {0x80, 200, 1, PacketKind::other},
  };
  for (auto& c : cases)
    EXPECT_EQ(classify(packet(c.first, c.second, c.size)), c.kind) << int(c.first) << " " << int(c.second) << " " << c.size;
}

TEST(Packet, HeaderIsRead) {
  std::string bytes("\x80\xe5\x12\x34\x01\x02\x03\x04\xaa\xbb\xcc\xdd", 12);
  auto header = parse_header(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->payload_type, 101);
  EXPECT_TRUE(header->marker);
  EXPECT_EQ(header->sequence, 0x1234);
  EXPECT_EQ(header->timestamp, 0x01020304U);
  EXPECT_EQ(header->ssrc, 0xaabbccddU);
}

TEST(Packet, TruncatedHeadersAreRefused) {
  EXPECT_FALSE(parse_header(packet(0x8f, 0, 71)));  // 15 contributors need 72 bytes.
  EXPECT_TRUE(parse_header(packet(0x8f, 0, 72)));
  EXPECT_FALSE(parse_header(packet(0x90, 0, 15)));
  EXPECT_TRUE(parse_header(packet(0x90, 0, 16)));
  auto extended = packet(0x90, 0, 20);
  extended[14] = '\xff';  // An extension of 65,280 words.
  EXPECT_FALSE(parse_header(extended));
}

std::uint64_t lost_after(std::initializer_list<int> sequences) {
  LossCounter counter;
  for (int sequence : sequences) counter.on_packet({0, false, static_cast<std::uint16_t>(sequence), 0, 1});
  return counter.lost();
}

TEST(LossCounter, CountsGaps) {
  EXPECT_EQ(lost_after({}), 0U);
  EXPECT_EQ(lost_after({10, 11, 12}), 0U);
  EXPECT_EQ(lost_after({10, 13}), 2U);
  EXPECT_EQ(lost_after({65534, 65535, 0, 1}), 0U);
  EXPECT_EQ(lost_after({65534, 2}), 3U);
  EXPECT_EQ(lost_after({10, 12, 11, 13}), 0U) << "late, not lost";
  EXPECT_EQ(lost_after({10, 11, 11, 11, 12}), 0U) << "doubled";
  EXPECT_EQ(lost_after({10, 20000, 20001}), 0U) << "began anew";
  EXPECT_EQ(lost_after({10, 12, 20000, 20002}), 2U) << "earlier losses are kept";
}

TEST(LossCounter, BeginsAnewWithEachSource) {
  LossCounter counter;
  counter.on_packet({0, false, 10, 0, 1});
  counter.on_packet({0, false, 12, 0, 1});
  counter.on_packet({0, false, 500, 0, 2});
  counter.on_packet({0, false, 501, 0, 2});
  EXPECT_EQ(counter.lost(), 1U);
}

}  // namespace
}  // namespace carillon::rtp
