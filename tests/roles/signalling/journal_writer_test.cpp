// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what several shards write is on disk when they are told so, each is told on its own loop, and bindings come back.
#include "roles/signalling/journal_writer.hpp"

#include <gtest/gtest.h>

#include "journal/reader.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::roles {
namespace {

std::size_t count_records(const std::filesystem::path& path) {
  journal::Reader reader(path, {});
  std::size_t count = 0;
  while (true) {
    auto item = reader.next();
    EXPECT_TRUE(item);
    if (!item || !*item) return count;
    ++count;
  }
}

/// A shard's side of the journal, under a clock of its own, which outlives the disk.
struct Side {
  Side(test::VirtualLoop& its_loop, JournalDisk& disk)
      : loop(its_loop), writer(std::in_place, loop, disk), scope(loop, [](const Broken&) { ADD_FAILURE(); }) {}

  Task<> commit_one(std::uint64_t call) {
    journal::Alive record{.at = Instant(), .calls = {{call, call}}};
    const bool is_durable = co_await writer->commit(std::move(record));
    answers.push_back(is_durable);
  }
  void commit(std::uint64_t call) { scope.spawn(commit_one(call)); }
  /// Takes turns until that many commits have been answered; the disk answers in real time.
  bool wait_for(std::size_t count) {
    loop.run_for(10ms);
    for (int posts = 0; posts < 3 && answers.size() < count; ++posts) loop.run_posted();
    return answers.size() == count;
  }
  /// Until everything handed over before is on disk.
  bool write() {
    commit(99);
    return wait_for(answers.size() + 1);
  }

  test::VirtualLoop& loop;
  std::vector<bool> answers;
  std::optional<JournalWriter> writer;
  Scope scope;
};

struct Paper {
  test::VirtualLoop loops[2];
  testing::TemporaryDirectory directory;
  std::vector<journal::Registration> replayed;
  JournalDisk::Paths paths() const { return {directory.path() / "journal", directory.path() / "registrations"}; }
  std::unique_ptr<JournalDisk> open() {
    replayed.clear();
    auto disk = JournalDisk::open(paths(), [this](const journal::Registration& each) { replayed.push_back(each); });
    EXPECT_TRUE(disk) << disk.error().what;
    return std::move(*disk);
  }
};

journal::Registration binding(std::int64_t terminal, std::int64_t customer) {
  journal::Registration record;
  record.customer = customer;
  record.terminal = terminal;
  record.contact = fmt::format("sip:{}@198.51.100.7", terminal);
  return record;
}

TEST(JournalWriter, TellsEachShardWhenItsRecordsAreOnDisk) {
  Paper paper;
  {
    auto disk = paper.open();
    const std::size_t before = count_records(paper.paths().journal);
    Side first(paper.loops[0], *disk), second(paper.loops[1], *disk);
    first.commit(1);
    first.commit(2);
    second.commit(3);
    EXPECT_TRUE(first.wait_for(2));
    EXPECT_TRUE(second.wait_for(1));
    EXPECT_EQ(first.answers, (std::vector<bool>{true, true}));
    EXPECT_EQ(second.answers, (std::vector<bool>{true}));
    EXPECT_EQ(count_records(paper.paths().journal), before + 3);
    EXPECT_TRUE(first.writer->is_healthy() && second.writer->is_healthy());
  }
}

TEST(JournalWriter, WritesWhatIsWaitingWhenItGoes) {
  Paper paper;
  std::size_t before = 0;
  {
    auto disk = paper.open();
    before = count_records(paper.paths().journal);
    Side side(paper.loops[0], *disk);
    side.writer->append(journal::Alive{.at = Instant(), .calls = {{1, 1}}});
    side.writer->append(9, binding(7, 9), 1);
    side.writer.reset();
  }
  EXPECT_EQ(count_records(paper.paths().journal), before + 1);
  paper.open();
  ASSERT_EQ(paper.replayed.size(), 1U);
  EXPECT_EQ(paper.replayed.front().terminal, 7);
}

TEST(JournalWriter, ShardsShareTheRegistrationLogsBySlot) {
  Paper paper;
  {
    auto disk = paper.open();
    Side first(paper.loops[0], *disk), second(paper.loops[1], *disk);
    first.writer->append(1, binding(11, 1), 1);
    second.writer->append(2, binding(22, 2), 1);
    EXPECT_TRUE(first.write());
    EXPECT_TRUE(second.write());
  }
  paper.open();
  ASSERT_EQ(paper.replayed.size(), 2U);
  EXPECT_EQ(paper.replayed[0].terminal + paper.replayed[1].terminal, 33);
}

TEST(JournalWriter, AsksTheShardItselfForWhatALogIsCompactedTo) {
  Paper paper;
  {
    auto disk = paper.open();
    Side other(paper.loops[0], *disk), side(paper.loops[1], *disk);
    int asked = 0;
    other.writer->set_list_live([](std::uint8_t, const auto&) { ADD_FAILURE() << "a shard that wrote nothing was asked"; });
    side.writer->set_list_live([&asked](std::uint8_t slot, const auto& each) {
      EXPECT_EQ(slot, 5);
      ++asked;
      each(binding(1, 5));
    });
    for (int round = 0; round < 200 && asked == 0; ++round) {
      for (int i = 0; i < 200; ++i) side.writer->append(5, binding(1, 5), 1);
      ASSERT_TRUE(side.write());
    }
    EXPECT_GT(asked, 0);
    ASSERT_TRUE(side.write());
  }
  paper.open();
  EXPECT_EQ(paper.replayed.size(), 1U);
}

}  // namespace
}  // namespace carillon::roles
