// SPDX-License-Identifier: GPL-3.0-or-later
// Frames are found again whatever happened to the file: a torn tail ends it, damage costs only what it hit.
#include "journal/frame.hpp"

#include <gtest/gtest.h>

#include "journal/sample_records.hpp"

namespace carillon::journal {
namespace {

std::string framed(std::vector<std::string> payloads) {
  std::string bytes;
  std::uint64_t sequence = 1;
  for (const std::string& payload : payloads) EXPECT_TRUE(append_frame(bytes, Type::setup, sequence++, payload));
  return bytes;
}

std::vector<std::string> payloads_in(std::string_view bytes, std::size_t* damaged = nullptr) {
  std::vector<std::string> payloads;
  FrameScanner scanner(bytes);
  for (auto found = scanner.next(); found != FrameScanner::Found::end; found = scanner.next()) {
    if (found == FrameScanner::Found::frame)
      payloads.emplace_back(scanner.frame().payload);
    else if (damaged != nullptr)
      *damaged += scanner.skipped();
  }
  return payloads;
}

TEST(Crc32c, MatchesPublishedVectors) {
  // RFC 3720 §B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

TEST(Crc32c, IsTheSameWithAndWithoutTheInstruction) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(crc32c(bytes, 7), crc32c_portable(bytes, 7));
    bytes.push_back(static_cast<char>(i * 31));
  }
}

TEST(FrameScanner, FindsWhatWasAppended) {
  const std::string bytes = framed({"one", "", std::string(1000, 'x')});
  FrameScanner scanner(bytes);
  ASSERT_EQ(scanner.next(), FrameScanner::Found::frame);
  EXPECT_EQ(scanner.frame().payload, "one");
  EXPECT_EQ(scanner.frame().sequence, 1U);
  EXPECT_EQ(scanner.frame().type, Type::setup);
  ASSERT_EQ(scanner.next(), FrameScanner::Found::frame);
  ASSERT_EQ(scanner.next(), FrameScanner::Found::frame);
  EXPECT_EQ(scanner.next(), FrameScanner::Found::end);
  EXPECT_EQ(scanner.offset(), bytes.size());
}

TEST(FrameScanner, EndsBeforeATailTornAtAnyByte) {
  const std::string whole = framed({"first", "second"});
  const std::size_t second = framed({"first"}).size();
  for (std::size_t size = second; size < whole.size(); ++size) {
    FrameScanner scanner(std::string_view(whole).substr(0, size));
    EXPECT_EQ(scanner.next(), FrameScanner::Found::frame);
    EXPECT_EQ(scanner.next(), FrameScanner::Found::end) << size;
    EXPECT_EQ(scanner.offset(), second);
  }
}

TEST(FrameScanner, LosesOnlyTheFrameThatWasHit) {
  const std::string first = framed({"first"});
  const std::size_t middle_end = framed({"first", "middle"}).size();
  for (std::size_t at = first.size(); at < middle_end; ++at) {
    std::string bytes = framed({"first", "middle", "last"});
    bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
    std::size_t damaged = 0;
    EXPECT_EQ(payloads_in(bytes, &damaged), (std::vector<std::string>{"first", "last"})) << at;
    EXPECT_EQ(damaged, middle_end - first.size());
  }
}

TEST(FrameScanner, IsNotFooledByAFrameInsideAText) {
  journal::Setup evil = setup_of(1);
  std::string inner;
  ASSERT_TRUE(append_frame(inner, 99, Record(ended_of(2))));
  evil.sip_call_id = inner;
  std::string bytes;
  ASSERT_TRUE(append_frame(bytes, 1, Record(evil)));
  bytes[30] = static_cast<char>(bytes[30] ^ 1);
  EXPECT_TRUE(payloads_in(bytes).empty());
}

TEST(Frame, RefusesPayloadsBeyondTheLimit) {
  std::string bytes = "before";
  EXPECT_FALSE(append_frame(bytes, Type::setup, 1, std::string(max_payload + 1, 'x')));
  EXPECT_EQ(bytes, "before");
  EXPECT_TRUE(append_frame(bytes, Type::setup, 1, std::string(max_payload, 'x')));
}

TEST(Frame, HoldsTheLongestProofOfLife) {
  Alive alive{instant_at(1), std::vector<CallId>(max_alive, CallId{1, 1})};
  std::string bytes;
  EXPECT_TRUE(append_frame(bytes, 1, Record(alive)));
}

}  // namespace
}  // namespace carillon::journal
