// SPDX-License-Identifier: GPL-3.0-or-later
// The reserve is room that the disk has given away already, and becomes a segment that begins as it should and ends in zeros.
#include "journal/reserve.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_directory.hpp"

namespace carillon::journal {
namespace {

using carillon::testing::read_file;
using carillon::testing::TemporaryDirectory;
using carillon::testing::write_file;

constexpr std::uint64_t size = 1 << 20;

std::uint64_t taken_bytes(const std::filesystem::path& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_blocks) * 512 : 0;
}

TEST(Reserve, TakesItsRoomAndGivesItToASegment) {
  TemporaryDirectory directory;
  Reserve reserve(directory.path(), size);
  EXPECT_TRUE(reserve.is_short());
  ASSERT_TRUE(reserve.fill());
  EXPECT_FALSE(reserve.is_short());
  EXPECT_EQ(reserve.bytes(), size);
  EXPECT_GE(taken_bytes(directory.path() / "reserve"), size);

  const auto segment = directory.path() / "0000000001.log";
  ASSERT_TRUE(reserve.spend(segment, "begin"));
  EXPECT_TRUE(reserve.is_short());
  EXPECT_EQ(reserve.bytes(), 0U);
  EXPECT_GE(taken_bytes(segment), size);
  const std::string content = read_file(segment);
  EXPECT_EQ(content.size(), size);
  EXPECT_TRUE(content.starts_with(std::string("begin\0\0", 7)));
  EXPECT_EQ(content.find_first_not_of('\0', 5), std::string::npos);

  ASSERT_TRUE(reserve.fill());
  EXPECT_GE(taken_bytes(directory.path() / "reserve"), size);
  EXPECT_TRUE(read_file(segment).starts_with("begin"));
}

TEST(Reserve, IsTakenUpByTheNextProcessAndKnowsRuins) {
  TemporaryDirectory directory;
  ASSERT_TRUE(Reserve(directory.path(), size).fill());
  Reserve next(directory.path(), size);
  ASSERT_TRUE(next.fill());
  EXPECT_EQ(next.bytes(), size);

  // A crash in the middle of spending it.
  std::filesystem::rename(directory.path() / "reserve", directory.path() / "reserve.spent");
  write_file(directory.path() / "reserve.spent", "half");
  Reserve third(directory.path(), size / 2);
  ASSERT_TRUE(third.fill());
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "reserve.spent"));
  EXPECT_EQ(read_file(directory.path() / "reserve"), std::string(size / 2, '\0'));
}

TEST(Reserve, OfNoBytesIsNeverShort) {
  TemporaryDirectory directory;
  Reserve reserve(directory.path(), 0);
  ASSERT_TRUE(reserve.fill());
  EXPECT_FALSE(reserve.is_short());
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

}  // namespace
}  // namespace carillon::journal
