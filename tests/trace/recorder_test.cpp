// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: traces never take more than they may, the oldest go first, and what is young enough is found.
#include "trace/recorder.hpp"

#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"
#include "trace/story.hpp"

namespace carillon::trace {
namespace {

Instant at(std::int64_t seconds) {
  return Instant(std::chrono::seconds(seconds));
}

/// What no compression makes small.
std::string noise(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += to_hex(random_bits());
  return text;
}

struct Station {
  std::unique_ptr<Recorder> open(Recorder::Limits limits) {
    auto opened = Recorder::open(directory.path() / "trace", limits);
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  /// Writes calls 1, 2, …, one in each second.
  static void write(Recorder& recorder, std::uint64_t calls, std::size_t bytes) {
    for (std::uint64_t n = 1; n <= calls; ++n) {
      const std::string text = noise(bytes);
      recorder.add({.call = {n, n}, .at = at(static_cast<std::int64_t>(n)), .text = text});
      recorder.flush();
    }
  }
  bool has(std::uint64_t call) const { return !find_story(directory.path() / "trace", {call, call}, {})->empty(); }
  std::uint64_t bytes_on_disk() const {
    std::uint64_t bytes = 0;
    for (const auto& each : std::filesystem::directory_iterator(directory.path() / "trace")) bytes += each.file_size();
    return bytes;
  }
  testing::TemporaryDirectory directory;
};

TEST(TraceRecorder, TheOldestGoWhenThereIsTooMuch) {
  Station station;
  constexpr std::uint64_t most = 2'000'000;
  auto recorder = station.open({.bytes_max = most});
  Station::write(*recorder, 200, 40'000);
  EXPECT_LE(station.bytes_on_disk(), most);
  EXPECT_EQ(station.bytes_on_disk(), recorder->bytes());
  EXPECT_GT(recorder->bytes(), most / 2);
  EXPECT_TRUE(station.has(200));
  EXPECT_FALSE(station.has(1));
  EXPECT_EQ(recorder->items_dropped(), 0U);
}

TEST(TraceRecorder, WhatAnEarlierProcessLeftCounts) {
  Station station;
  constexpr std::uint64_t most = 2'000'000;
  Station::write(*station.open({.bytes_max = most}), 60, 40'000);
  const std::uint64_t before = station.bytes_on_disk();
  auto recorder = station.open({.bytes_max = most / 2});
  EXPECT_EQ(recorder->bytes(), before);
  recorder->tick(at(61));
  EXPECT_LE(station.bytes_on_disk(), most / 2);
  EXPECT_TRUE(station.has(60));
  EXPECT_FALSE(station.has(1));
}

TEST(TraceRecorder, TheOldGoEvenWhenNothingNewComes) {
  Station station;
  const Recorder::Limits limits{.bytes_max = 100'000'000, .age_max = 100s};
  auto recorder = station.open(limits);
  Station::write(*recorder, 90, 1000);
  recorder->tick(at(150));
  EXPECT_FALSE(station.has(40));
  EXPECT_TRUE(station.has(60));
  recorder = station.open(limits);
  recorder->tick(at(150));
  EXPECT_TRUE(station.has(60));
  recorder->tick(at(200));
  EXPECT_EQ(recorder->segment_count(), 0U);
  EXPECT_EQ(station.bytes_on_disk(), 0U);
}

TEST(TraceRecorder, WaitsForASecondAndNotLonger) {
  Station station;
  auto recorder = station.open({});
  recorder->add({.call = {1, 1}, .at = at(10), .text = "INVITE"});
  recorder->tick(at(10) + 900ms);
  EXPECT_FALSE(station.has(1));
  recorder->tick(at(11));
  EXPECT_TRUE(station.has(1));
}

TEST(TraceRecorder, GivesWayWhenTheDiskIsShort) {
  Station station;
  Station::write(*station.open({}), 5, 1000);
  auto recorder = station.open({.free_min = std::uint64_t{1} << 60U});  // More than any disk has.
  recorder->tick(at(6));
  EXPECT_EQ(station.bytes_on_disk(), 0U);
  recorder->add({.call = {9, 9}, .at = at(9), .text = "INVITE"});
  recorder->flush();
  EXPECT_EQ(station.bytes_on_disk(), 0U);
  EXPECT_EQ(recorder->items_dropped(), 1U);
  ASSERT_TRUE(recorder->trouble());
  EXPECT_TRUE(recorder->trouble()->is(journal::Fault::no_space));
}

TEST(TraceRecorder, LeavesForeignFilesAlone) {
  Station station;
  std::filesystem::create_directories(station.directory.path() / "trace");
  for (const char* name : {"0000000001.trac", "notes", "00000000x1.trace", "1.trace"})
    testing::write_file(station.directory.path() / "trace" / name, "mine");
  auto recorder = station.open({.bytes_max = 1});
  recorder->tick(at(1));
  EXPECT_EQ(station.bytes_on_disk(), 16U);
}

}  // namespace
}  // namespace carillon::trace
