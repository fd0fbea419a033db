// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a report is found wherever it stands in a compound packet, and nothing is read beyond its bytes.
#include "rtp/receiver_report.hpp"

#include <gtest/gtest.h>

namespace carillon::rtp {
namespace {

std::string packet(std::uint8_t reports, std::uint8_t type, const std::string& body) {
  std::string bytes{static_cast<char>(0x80U | reports), static_cast<char>(type)};
  const std::size_t words = (body.size() + 4) / 4;
  bytes += static_cast<char>(words >> 8U);
  bytes += static_cast<char>(words & 0xffU);
  return bytes + "SSRC" + body;
}

/// Fraction lost 1/256, highest sequence number, last sender report and delay of no interest.
std::string block(std::string_view lost, std::string_view jitter) {
  return "ssrc\x01" + std::string(lost) + "high" + std::string(jitter) + "last" + "dlay";
}

using namespace std::string_view_literals;

TEST(ReceiverReport, IsReadFromBothKinds) {
  const std::string body = block("\0\1\2"sv, "\0\0\1\4"sv);
  const ReceiverReport expected{.lost = 258, .jitter = 260};
  EXPECT_EQ(find_report(packet(1, 201, body)), expected);
  EXPECT_EQ(find_report(packet(1, 200, std::string(20, 's') + body)), expected);
  EXPECT_EQ(find_report(packet(0, 201, "") + packet(1, 202, "\1\4name__") + packet(1, 201, body)), expected);
}

TEST(ReceiverReport, KnowsThatPacketsMayComeTwice) {
  EXPECT_EQ(find_report(packet(1, 201, block("\xff\xff\xfe"sv, "\0\0\0\0"sv)))->lost, -2);
  EXPECT_EQ(find_report(packet(1, 201, block("\x80\0\0"sv, "\0\0\0\0"sv)))->lost, -0x800000);
  EXPECT_EQ(find_report(packet(1, 201, block("\x7f\xff\xff"sv, "\xff\xff\xff\xff"sv)))->jitter, 0xffffffffU);
}

TEST(ReceiverReport, IsNotMadeUp) {
  EXPECT_FALSE(find_report(""));
  EXPECT_FALSE(find_report(packet(0, 201, block("\0\0\0"sv, "\0\0\0\0"sv))));
  EXPECT_FALSE(find_report(packet(1, 201, "short")));
  EXPECT_FALSE(find_report(packet(1, 203, block("\0\0\0"sv, "\0\0\0\0"sv))));
  const std::string whole = packet(1, 200, std::string(20, 's') + block("\0\0\1"sv, "\0\0\0\1"sv));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) EXPECT_FALSE(find_report(whole.substr(0, bytes))) << bytes;
}

}  // namespace
}  // namespace carillon::rtp
