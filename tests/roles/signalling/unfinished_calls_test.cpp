// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a call that was open when signalling was killed ends in the journal once, with what is known of it and no more.
#include "roles/signalling/unfinished_calls.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/log.hpp"
#include "journal/reader.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::roles {
namespace {

using journal::Writer;

constexpr Instant start{std::chrono::seconds(1'750'000'000)};

TEST(UnfinishedCalls, EndWhenTheyWereLastAlive) {
  const struct {
    const char* what;
    std::optional<Instant> answered, alive;
    Instant ended;
    std::chrono::milliseconds duration;
    int sip_code;
  } cases[] = {
      {"ringing", {}, {}, start, 0ms, 0},
      {"just answered", start + 3s, {}, start + 3s, 0ms, 200},
      {"talking", start + 3s, start + 63s, start + 63s, 60s, 200},
      {"with a clock that was set back", start + 3s, start + 1s, start + 3s, 0ms, 200},
  };
  for (const auto& c : cases) {
    journal::UnfinishedCall call{.setup = {.call = {1, 1}, .started_at = start}, .alive_at = c.alive};
    if (c.answered) call.answered = {.call = {1, 1}, .at = *c.answered};
    const journal::Ended ended = end_of(call);
    EXPECT_EQ(ended.call, (CallId{1, 1})) << c.what;
    EXPECT_EQ(ended.at, c.ended) << c.what;
    EXPECT_EQ(ended.duration, c.duration) << c.what;
    EXPECT_EQ(ended.sip_code, c.sip_code) << c.what;
    EXPECT_EQ(ended.status, journal::Status::failed) << c.what;
    EXPECT_TRUE(ended.broken) << c.what;
  }
}

TEST(UnfinishedCalls, AreTakenUpIfTheyWereAnsweredElseEndOnce) {
  log::set_level(log::Level::off);
  constexpr std::uint64_t count = 2500;
  constexpr std::uint64_t answered_of_five = count / 5;
  testing::TemporaryDirectory directory;
  {
    auto killed = *Writer::open(directory.path());
    for (std::uint64_t call = 1; call <= count; ++call) {
      const Instant began = start + std::chrono::seconds(call);
      ASSERT_TRUE(killed->append(journal::Setup{.call = {1, call}, .brand = 1, .customer = 1, .started_at = began}));
      if (call % 5 == 0) {
        ASSERT_TRUE(killed->append(journal::Ended{.call = {1, call}, .at = began + 1s}));
      }
      if (call % 5 == 1) {
        ASSERT_TRUE(killed->append(journal::Answered{.call = {1, call}, .at = began + 1s}));
      }
    }
    ASSERT_TRUE(killed->commit());
  }
  for (int restart = 0; restart < 2; ++restart) {
    const auto calls = sort_unfinished_calls(**Writer::open(directory.path()));
    ASSERT_TRUE(calls);
    EXPECT_EQ(calls->answered.size(), answered_of_five) << "until somebody ends them";
    EXPECT_EQ(calls->ended.size(), restart == 0 ? count / 5 * 3 : 0);
    EXPECT_TRUE(
        std::ranges::is_sorted(calls->answered, std::ranges::greater(), [](const auto& call) { return call.setup.started_at; }));
  }
  journal::Reader reader(directory.path(), {}, journal::Reader::Mode::at_rest);
  std::map<CallId, int> ends;
  while (true) {
    const auto item = reader.next();
    ASSERT_TRUE(item);
    if (!*item) break;
    if (const auto* ended = std::get_if<journal::Ended>(&(*item)->record)) ++ends[ended->call];
  }
  EXPECT_EQ(ends.size(), count - answered_of_five);
  for (const auto& [call, times] : ends) EXPECT_EQ(times, 1) << to_hex(call);
}

}  // namespace
}  // namespace carillon::roles
