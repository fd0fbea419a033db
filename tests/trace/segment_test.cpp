// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what was written is read back, whatever bytes were in it; damage costs the damaged block and no more.
#include "trace/segment.hpp"

#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"
#include "trace/story.hpp"

namespace carillon::trace {
namespace {

constexpr CallId first{1, 1};
constexpr CallId second{2, 2};

Instant at(std::int64_t seconds) {
  return Instant(std::chrono::seconds(seconds));
}

Item item(const CallId& call, std::string_view text, std::int64_t seconds = 1) {
  return {.call = call,
          .brand = 7,
          .customer = 8,
          .at = at(seconds),
          .audience = Audience::brand,
          .direction = Direction::out,
          .transport = net::Transport::tls,
          .local = *net::Address::parse("192.0.2.1", 5061),
          .remote = *net::Address::parse("2001:db8::7", 40001),
          .text = text};
}

std::string block_of(std::initializer_list<Item> items) {
  BlockBuilder builder;
  for (const Item& each : items) builder.add(each);
  return builder.take();
}

/// All texts of a call that a reader finds in these bytes.
struct Segment {
  explicit Segment(std::string_view bytes) { testing::write_file(path(), bytes); }
  std::filesystem::path path() const { return directory.path() / "0000000001.trace"; }
  std::vector<std::string> texts(const CallId& call) const {
    const auto story = find_story(directory.path(), call, {});
    EXPECT_TRUE(story);
    std::vector<std::string> texts;
    for (const model::TraceItem& each : *story) texts.push_back(each.message);
    return texts;
  }
  testing::TemporaryDirectory directory;
};

using Texts = std::vector<std::string>;

TEST(TraceSegment, GivesBackWhatWasWritten) {
  std::string hostile;
  for (int i = 0; i < 256; ++i) hostile += static_cast<char>(i);
  hostile += block_magic;
  hostile += std::string(5000, '\0');
  const Segment segment(block_of({item(first, hostile), item(second, "of another")}) + block_of({item(first, "", 2)}));
  EXPECT_EQ(segment.texts(first), (Texts{hostile, ""}));
  EXPECT_EQ(segment.texts(second), Texts{"of another"});
  EXPECT_EQ(segment.texts({3, 3}), Texts{});
}

TEST(TraceSegment, KeepsEveryField) {
  std::string bytes;
  append_item(bytes, item(second, "BYE", 1'700'000'000));
  std::string_view rest = bytes;
  const auto back = take_item(rest);
  ASSERT_TRUE(back);
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(back->call, second);
  EXPECT_EQ(back->brand, 7);
  EXPECT_EQ(back->customer, 8);
  EXPECT_EQ(back->at, at(1'700'000'000));
  EXPECT_EQ(back->direction, Direction::out);
  EXPECT_EQ(back->audience, Audience::brand);
  EXPECT_EQ(back->transport, net::Transport::tls);
  EXPECT_EQ(back->local.to_string(), "192.0.2.1:5061");
  EXPECT_EQ(back->remote.to_string(), "[2001:db8::7]:40001");
  EXPECT_EQ(back->text, "BYE");
}

TEST(TraceSegment, CutsWhatIsTooLong) {
  std::string bytes;
  append_item(bytes, item(first, std::string(text_max + 1000, 'a')));
  std::string_view rest = bytes;
  ASSERT_EQ(take_item(rest)->text.size(), text_max);
}

TEST(TraceSegment, ATornTailIsTheEnd) {
  const std::string whole = block_of({item(first, "whole")});
  const std::string torn = block_of({item(first, "torn", 2)});
  for (std::size_t bytes = 0; bytes < torn.size(); ++bytes) {
    const Segment segment(whole + torn.substr(0, bytes));
    ASSERT_EQ(segment.texts(first), Texts{"whole"}) << bytes;
  }
}

TEST(TraceSegment, ADamagedByteCostsOneBlock) {
  const std::string blocks[] = {block_of({item(first, "one")}), block_of({item(first, "two", 2)}),
                                block_of({item(first, "three", 3)})};
  for (std::size_t place = 0; place < blocks[1].size(); ++place) {
    std::string damaged = blocks[1];
    damaged[place] = static_cast<char>(damaged[place] ^ 0x41);
    const Segment segment(blocks[0] + damaged + blocks[2]);
    ASSERT_EQ(segment.texts(first), (Texts{"one", "three"})) << place;
  }
}

TEST(TraceSegment, ItemsThatMakeNoSenseEndTheirBlock) {
  for (std::size_t place = 0; place < item_header; ++place) {
    std::string bytes;
    append_item(bytes, item(first, "text"));
    bytes[place] = '\xff';
    std::string_view rest = bytes;
    const auto read = take_item(rest);  // Whatever it is, it lies within the bytes.
    if (read) ASSERT_LE(read->text.size(), 4U);
  }
}

TEST(TraceSegment, AStoryIsItsCustomers) {
  testing::TemporaryDirectory directory;
  testing::write_file(directory.path() / "0000000001.trace", block_of({item(first, "INVITE")}));
  EXPECT_EQ(find_story(directory.path(), first, {})->size(), 1U);
  EXPECT_EQ(find_story(directory.path(), first, {.brand = 7})->size(), 1U);
  EXPECT_EQ(find_story(directory.path(), first, {.brand = 7, .customer = 8})->size(), 1U);
  EXPECT_TRUE(find_story(directory.path(), first, {.brand = 6})->empty());
  EXPECT_TRUE(find_story(directory.path(), first, {.brand = 7, .customer = 9})->empty());
  EXPECT_TRUE(find_story(directory.path(), first, {.brand = 6, .customer = 8})->empty());
}

TEST(TraceSegment, AStoryThatIsTooLongSaysSo) {
  testing::TemporaryDirectory directory;
  std::string blocks;
  for (std::size_t i = 0; i < story_items_max / 100 + 1; ++i) {
    BlockBuilder builder;
    for (int n = 0; n < 100; ++n) builder.add(item(first, "OPTIONS", static_cast<std::int64_t>(i)));
    blocks += builder.take();
  }
  testing::write_file(directory.path() / "0000000001.trace", blocks);
  const auto story = find_story(directory.path(), first, {});
  ASSERT_EQ(story->size(), story_items_max + 1);
  EXPECT_EQ(story->back().kind, model::TraceKind::decision);
}

}  // namespace
}  // namespace carillon::trace
