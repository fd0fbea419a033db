// SPDX-License-Identifier: GPL-3.0-or-later
// What was committed is read back, over rotations, restarts, torn tails, damage and disks that refuse to write.
#include "journal/writer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "journal/reader.hpp"
#include "journal/sample_records.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::journal {
namespace {

using carillon::testing::read_file;
using carillon::testing::TemporaryDirectory;
using carillon::testing::write_file;

std::unique_ptr<Writer> open_writer(const std::filesystem::path& path, std::size_t segment_bytes = 64 << 20,
                                    std::size_t buffer_bytes = 16 << 20) {
  auto writer = Writer::open(path, {.segment_bytes = segment_bytes, .buffer_bytes = buffer_bytes});
  EXPECT_TRUE(writer) << writer.error().what;
  return std::move(*writer);
}

void append(Writer& writer, const Record& record) {
  ASSERT_TRUE(writer.append(record));
}

std::vector<Reader::Item> read_all(Reader& reader) {
  std::vector<Reader::Item> items;
  while (true) {
    auto item = reader.next();
    EXPECT_TRUE(item);
    if (!item || !*item) return items;
    items.push_back(std::move(**item));
  }
}

std::vector<Reader::Item> read_all(const std::filesystem::path& path, Position from = {}) {
  Reader reader(path, from);
  return read_all(reader);
}

TEST(Writer, ReadsBackWhatWasCommitted) {
  TemporaryDirectory directory;
  auto writer = open_writer(directory.path());
  std::uint64_t expected = 1;
  for (const Record& record : one_of_each()) EXPECT_EQ(writer->append(record).value(), expected++);
  EXPECT_EQ(writer->durable(), 0U);
  EXPECT_EQ(writer->commit().value(), 6U);
  const auto items = read_all(directory.path());
  const auto records = one_of_each();
  ASSERT_EQ(items.size(), records.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i].record, records[i]);
    EXPECT_EQ(items[i].sequence, i + 1);
  }
}

TEST(Reader, FollowsAGrowingJournal) {
  TemporaryDirectory directory;
  Reader reader(directory.path());
  EXPECT_TRUE(read_all(reader).empty());
  auto writer = open_writer(directory.path(), 1000);
  for (std::uint64_t call = 1; call <= 50; ++call) {
    append(*writer, setup_of(call));
    append(*writer, ended_of(call));
    ASSERT_TRUE(writer->commit());
    EXPECT_EQ(read_all(reader).size(), 2U);
  }
  EXPECT_GT(writer->segment(), 10U);
  EXPECT_EQ(reader.damaged_bytes(), 0U);
}

TEST(Reader, GoesOnWhereAPositionPoints) {
  TemporaryDirectory directory;
  auto writer = open_writer(directory.path(), 2000);
  for (std::uint64_t call = 1; call <= 20; ++call) {
    append(*writer, setup_of(call));
    append(*writer, ended_of(call));
    ASSERT_TRUE(writer->commit());
  }
  const auto all = read_all(directory.path());
  ASSERT_EQ(all.size(), 40U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(read_all(directory.path(), all[i].after).size(), all.size() - i - 1);
}

TEST(Writer, BeginsEachSegmentWithTheOpenCalls) {
  TemporaryDirectory directory;
  auto writer = open_writer(directory.path(), 3000);
  append(*writer, setup_of(1));
  append(*writer, dialog_of(1, 0));
  append(*writer, dialog_of(1, 1));
  append(*writer, dialog_of(1, 1));
  append(*writer, answered_of(1));
  ASSERT_TRUE(writer->commit());
  for (std::uint64_t call = 2; writer->segment() < 3; ++call) {
    append(*writer, setup_of(call));
    append(*writer, ended_of(call));
    ASSERT_TRUE(writer->commit());
  }
  ASSERT_TRUE(remove_segments_before(directory.path(), 3));
  const auto items = read_all(directory.path());
  ASSERT_EQ(items.size(), 4U);  // The ended ones are gone, of each leg the last dialog is left.
  EXPECT_EQ(items[0].record, Record(setup_of(1)));
  EXPECT_EQ(items[1].record, Record(dialog_of(1, 0)));
  EXPECT_EQ(items[2].record, Record(dialog_of(1, 1)));
  EXPECT_EQ(items[3].record, Record(answered_of(1)));
}

TEST(Writer, KnowsTheOpenCallsAfterARestart) {
  TemporaryDirectory directory;
  {
    auto writer = open_writer(directory.path());
    append(*writer, setup_of(1));
    append(*writer, setup_of(2));
    append(*writer, ended_of(1));
    append(*writer, answered_of(2));
    ASSERT_TRUE(writer->commit());
  }
  for (std::uint64_t restart = 1; restart <= 3; ++restart) {
    auto writer = open_writer(directory.path());
    EXPECT_EQ(writer->open_calls(), std::vector<CallId>({{1, 2}}));
    EXPECT_EQ(writer->segment(), restart + 1);
    EXPECT_EQ(writer->durable(), 4U);  // Numbers go on, they do not begin anew.
  }
}

TEST(Writer, KnowsHowFarOpenCallsHadComeAfterAnyNumberOfRestarts) {
  TemporaryDirectory directory;
  {
    auto writer = open_writer(directory.path());
    for (const std::uint64_t call : {1U, 2U, 3U, 4U}) append(*writer, setup_of(call));
    append(*writer, answered_of(2));
    append(*writer, answered_of(3));
    append(*writer, Alive{instant_at(50), {{1, 3}, {1, 4}, {1, 99}}});
    append(*writer, Alive{instant_at(60), {{1, 3}}});
    append(*writer, ended_of(4));
    ASSERT_TRUE(writer->commit());
  }
  for (int restart = 0; restart < 4; ++restart) {
    auto calls = open_writer(directory.path())->unfinished();
    std::ranges::sort(calls, {}, [](const UnfinishedCall& each) { return each.setup.call; });
    ASSERT_EQ(calls.size(), 3U);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      EXPECT_EQ(calls[i].setup.call, (CallId{1, i + 1}));
      EXPECT_EQ(calls[i].setup, setup_of(i + 1));
      EXPECT_EQ(calls[i].answered.has_value(), i > 0);
    }
    EXPECT_EQ(calls[1].answered, answered_of(2));
    EXPECT_FALSE(calls[1].alive_at);
    EXPECT_EQ(calls[2].alive_at, instant_at(60)) << restart;
  }
}

TEST(Writer, ReckonsHowLongACallWasUpByTheClockThatNobodySets) {
  const struct {
    const char* what;
    Uptime answered, alive;
    std::optional<Instant> alive_at;
  } cases[] = {
      {"the other clock was set back", {7, 10'000'000}, {7, 40'000'000}, instant_at(130)},
      {"the machine was started between", {7, 10'000'000}, {8, 40'000'000}, instant_at(50)},
      {"an older release wrote it", {}, {}, instant_at(50)},
  };
  for (const auto& c : cases) {
    TemporaryDirectory directory;
    auto writer = open_writer(directory.path());
    append(*writer, setup_of(1));
    append(*writer, Answered{.call = {1, 1}, .at = instant_at(100), .up = c.answered});
    append(*writer, Alive{.at = instant_at(50), .calls = {{1, 1}}, .up = c.alive});
    ASSERT_TRUE(writer->commit()) << c.what;
    for (int restarts = 0; restarts < 2; ++restarts) {
      writer.reset();
      writer = open_writer(directory.path());
      EXPECT_EQ(writer->unfinished().at(0).alive_at, c.alive_at) << c.what;
    }
  }
}

TEST(Writer, ForgetsWhatWasNotCommitted) {
  TemporaryDirectory directory;
  {
    auto writer = open_writer(directory.path());
    append(*writer, setup_of(1));
  }
  EXPECT_TRUE(open_writer(directory.path())->open_calls().empty());
}

TEST(Writer, SurvivesATailTornAtAnyByte) {
  TemporaryDirectory directory;
  {
    auto writer = open_writer(directory.path());
    append(*writer, setup_of(1));
    ASSERT_TRUE(writer->commit());
  }
  const auto segment = directory.path() / segment_name(1);
  const std::string sound = read_file(segment);
  std::string more;
  ASSERT_TRUE(append_frame(more, 2, Record(ended_of(1))));
  for (std::size_t torn = 0; torn < more.size(); ++torn) {
    TemporaryDirectory copy;
    write_file(copy.path() / segment_name(1), sound + more.substr(0, torn));
    auto writer = open_writer(copy.path());
    EXPECT_EQ(writer->open_calls().size(), 1U) << torn;
    append(*writer, ended_of(1));
    ASSERT_TRUE(writer->commit());
    Reader reader(copy.path());
    const auto items = read_all(reader);
    ASSERT_EQ(items.size(), 3U) << torn;  // The setup, the same restated, the end.
    EXPECT_EQ(items.back().record, Record(ended_of(1)));
    EXPECT_EQ(reader.damaged_bytes(), 0U);
  }
}

TEST(Reader, PassesOverDamageAndCountsIt) {
  TemporaryDirectory directory;
  {
    auto writer = open_writer(directory.path());
    for (std::uint64_t call = 1; call <= 3; ++call) append(*writer, setup_of(call));
    ASSERT_TRUE(writer->commit());
  }
  const auto segment = directory.path() / segment_name(1);
  const std::string sound = read_file(segment);
  const std::size_t one = (sound.size() - frame_header) / 3;
  for (std::size_t at = frame_header + one; at < frame_header + 2 * one; ++at) {
    std::string hurt = sound;
    hurt[at] = static_cast<char>(hurt[at] ^ 0x10);
    write_file(segment, hurt);
    Reader reader(directory.path(), {}, Reader::Mode::at_rest);
    EXPECT_EQ(read_all(reader).size(), 2U) << at;
    EXPECT_EQ(reader.damaged_bytes(), one) << at;
  }
}

TEST(Reader, PassesOverDamageWiderThanItsWindow) {
  TemporaryDirectory directory;
  {
    auto writer = open_writer(directory.path());
    append(*writer, setup_of(1));
    ASSERT_TRUE(writer->commit());
  }
  const auto segment = directory.path() / segment_name(1);
  std::string last;
  ASSERT_TRUE(append_frame(last, 2, Record(ended_of(1))));
  const std::string ruins(3 * max_frame + 17, 'x');
  write_file(segment, read_file(segment) + ruins + last);
  Reader reader(directory.path(), {}, Reader::Mode::at_rest);
  const auto items = read_all(reader);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items.back().record, Record(ended_of(1)));
  EXPECT_EQ(reader.damaged_bytes(), ruins.size());
}

TEST(Reader, BelievesDamageOfAGrowingSegmentAtTheSecondLook) {
  TemporaryDirectory directory;
  const auto segment = directory.path() / segment_name(1);
  std::string first, second;
  ASSERT_TRUE(append_frame(first, 1, Record(setup_of(1))));
  ASSERT_TRUE(append_frame(second, 2, Record(setup_of(2))));
  const std::string unwritten(first.size(), '\0');
  Reader reader(directory.path());
  write_file(segment, unwritten + second);  // The second page of a write may be seen before the first.
  EXPECT_TRUE(read_all(reader).empty());
  write_file(segment, first + second);
  EXPECT_EQ(read_all(reader).size(), 2U);
  EXPECT_EQ(reader.damaged_bytes(), 0U);

  std::string third;
  ASSERT_TRUE(append_frame(third, 3, Record(ended_of(1))));
  write_file(segment, first + second + "ruins" + third);
  EXPECT_TRUE(read_all(reader).empty());
  EXPECT_EQ(read_all(reader).size(), 1U);
  EXPECT_EQ(reader.damaged_bytes(), 5U);
}

TEST(Writer, LeavesZerosBehindACrashThatNobodyMinds) {
  TemporaryDirectory directory;
  TemporaryDirectory crashed;
  auto writer = open_writer(directory.path());
  append(*writer, setup_of(1));
  ASSERT_TRUE(writer->commit());
  const std::string bytes = read_file(directory.path() / segment_name(1));
  EXPECT_GT(bytes.size(), 1U << 20);
  write_file(crashed.path() / segment_name(1), bytes);
  Reader reader(crashed.path());
  EXPECT_EQ(read_all(reader).size(), 1U);
  auto next = open_writer(crashed.path());
  EXPECT_EQ(next->open_calls().size(), 1U);
  append(*next, ended_of(1));
  ASSERT_TRUE(next->commit());
  EXPECT_EQ(read_all(reader).size(), 2U);
  EXPECT_EQ(reader.damaged_bytes(), 0U);
}

TEST(Reader, TakesAnyNumberOfZerosForTheEnd) {
  TemporaryDirectory directory;
  auto writer = open_writer(directory.path());
  append(*writer, setup_of(1));
  ASSERT_TRUE(writer->commit());
  writer.reset();
  const auto segment = directory.path() / segment_name(1);
  const auto size = std::filesystem::file_size(segment);
  std::string bytes = read_file(segment);
  bytes += bytes.substr(frame_header, size / 2);  // A torn frame,
  write_file(segment, bytes);
  std::filesystem::resize_file(segment, 64 << 20);  // in a reserve that a segment was made of.
  Reader at_rest(directory.path(), {}, Reader::Mode::at_rest);
  EXPECT_EQ(read_all(at_rest).size(), 1U);
  EXPECT_EQ(at_rest.position(), (Position{1, size}));
  EXPECT_EQ(at_rest.damaged_bytes(), 0U);
  writer = open_writer(directory.path());
  append(*writer, ended_of(1));
  ASSERT_TRUE(writer->commit());
  Reader reader(directory.path());
  EXPECT_EQ(read_all(reader).size(), 3U) << "the setup is restated";
  EXPECT_EQ(reader.damaged_bytes(), 0U);
}

TEST(Reader, WaitsForTheRestOfARecord) {
  TemporaryDirectory directory;
  const auto segment = directory.path() / segment_name(1);
  std::string frame;
  ASSERT_TRUE(append_frame(frame, 1, Record(dialog_of(1, 1))));
  Reader reader(directory.path());
  for (std::size_t size = 0; size < frame.size(); ++size) {
    write_file(segment, frame.substr(0, size));
    EXPECT_TRUE(read_all(reader).empty());
  }
  write_file(segment, frame);
  EXPECT_EQ(read_all(reader).size(), 1U);
  EXPECT_EQ(reader.damaged_bytes(), 0U);
}

/// Makes every write beyond so many bytes of a file fail, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit before_{};
  void (*old_handler_)(int) = nullptr;
};

TEST(Writer, LosesNothingWhenTheDiskRefuses) {
  TemporaryDirectory directory;
  auto writer = open_writer(directory.path());
  append(*writer, setup_of(1));
  ASSERT_TRUE(writer->commit());
  append(*writer, ended_of(1));
  append(*writer, setup_of(2));
  append(*writer, dialog_of(2, 1));
  {
    FileSizeLimit full(600);  // In the middle of what is to be written.
    EXPECT_TRUE(writer->commit().error().is(Fault::io));
    append(*writer, answered_of(2));
    EXPECT_TRUE(writer->commit().error().is(Fault::io));
    EXPECT_EQ(writer->durable(), 1U);
  }
  EXPECT_EQ(writer->commit().value(), 5U);
  EXPECT_EQ(writer->segment(), 3U);  // The second could not be begun, and its number is not used again.
  writer.reset();
  int ended = 0;
  for (const auto& item : read_all(directory.path(), {2, 0})) ended += std::holds_alternative<Ended>(item.record) ? 1 : 0;
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(open_writer(directory.path())->open_calls(), std::vector<CallId>({{1, 2}}));
}

/// Else the call would stay open for as long as the process lives, and have no record.
TEST(Writer, HasRoomForTheEndOfACallWhenTheBufferIsFull) {
  constexpr std::size_t small = 300;
  TemporaryDirectory directory;
  auto writer = open_writer(directory.path(), 64 << 20, small);
  for (std::uint64_t call = 1; writer->buffered_bytes() < small; ++call) append(*writer, setup_of(call));
  EXPECT_TRUE(writer->append(dialog_of(1, 0)).error().is(Fault::buffer_full));
  EXPECT_TRUE(writer->append(ended_of(1)));
  ASSERT_TRUE(writer->commit());
  const auto open = writer->open_calls();
  EXPECT_EQ(std::ranges::find(open, CallId{1, 1}), open.end());
  while (writer->buffered_bytes() < 2 * small) ASSERT_TRUE(writer->append(ended_of(2)));
  EXPECT_TRUE(writer->append(ended_of(2)).error().is(Fault::buffer_full));
}

TEST(Writer, RefusesMoreThanItsBufferHolds) {
  TemporaryDirectory directory;
  auto writer = open_writer(directory.path(), 64 << 20, 300);
  append(*writer, setup_of(1));
  append(*writer, setup_of(2));
  append(*writer, setup_of(3));
  EXPECT_TRUE(writer->append(setup_of(4)).error().is(Fault::buffer_full));
  ASSERT_TRUE(writer->commit());
  EXPECT_TRUE(writer->append(setup_of(4)));
}

}  // namespace
}  // namespace carillon::journal
