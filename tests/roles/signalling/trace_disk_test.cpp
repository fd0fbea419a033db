// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what calls say for their traces is found again, masked and with its customer, also what no thread has written yet; what
// comes too fast is dropped and holds nobody up.
#include "roles/signalling/trace_writer.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "base/log.hpp"
#include "control/message.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::roles {
namespace {

constexpr CallId call{1, 1};
constexpr std::string_view invite =
    "INVITE sip:102@example.com SIP/2.0\r\nCall-ID: a\r\nProxy-Authorization: Digest nonce=\"secret-nonce\"\r\n\r\n";

struct Station {
  explicit Station(std::uint64_t bytes_max = 10'000'000)
      : disk(std::make_unique<TraceDisk>(TraceDisk::Settings{
            .directory = directory.path() / "trace", .limits = {.bytes_max = bytes_max}, .hep = {}, .node = {}})),
        writer(std::make_unique<TraceWriter>(loop, *disk)) {}

  Result<std::vector<model::TraceItem>> find(const CallId& id, const trace::Whose& whose = {}) {
    writer->flush();
    std::optional<Result<std::vector<model::TraceItem>>> found;
    disk->find(id, whose, [&](Result<std::vector<model::TraceItem>> story) {
      loop.post([&found, story = std::move(story)]() mutable { found = std::move(story); });
    });
    for (int i = 0; i < 3 && !found; ++i) loop.run_posted();
    EXPECT_TRUE(found);
    return std::move(*found);
  }
  std::size_t count(const CallId& id, const trace::Whose& whose = {}) { return find(id, whose)->size(); }

  testing::TemporaryDirectory directory;
  test::VirtualLoop loop;
  net::Flow flow{.local = *net::Address::parse("192.0.2.1", 5060), .remote = *net::Address::parse("192.0.2.7", 5062)};
  std::unique_ptr<TraceDisk> disk;
  std::unique_ptr<TraceWriter> writer;
};

TEST(TraceDisk, TellsWhatHappened) {
  Station station;
  station.writer->begin_call(call, 7, 8);
  station.writer->message(call, trace::Audience::customer, trace::Direction::in, station.flow, invite);
  station.loop.run_for(5ms);
  station.writer->decision(call, trace::Audience::customer, "extension 102");
  station.writer->quality(call, 1, {}, "audio");
  const auto story = station.find(call);
  ASSERT_EQ(story->size(), 3U);
  const model::TraceItem& first = story->front();
  EXPECT_EQ(first.from, "192.0.2.7:5062");
  EXPECT_EQ(first.to, "192.0.2.1:5060");
  EXPECT_EQ(first.summary, "INVITE sip:102@example.com");
  EXPECT_EQ(first.leg, 1);
  EXPECT_TRUE(first.message.contains("nonce=\"xxxxxxxxxxxx\""));
  EXPECT_EQ((*story)[1].kind, model::TraceKind::decision);
  EXPECT_EQ((*story)[1].at - first.at, 5ms);
  EXPECT_EQ((*story)[2].kind, model::TraceKind::quality);
}

TEST(TraceDisk, KeepsNoSecretInItsFiles) {
  Station station;
  station.writer->begin_call(call, 7, 8);
  for (int i = 0; i < 3; ++i)
    station.writer->message(call, trace::Audience::customer, trace::Direction::in, station.flow, invite);
  ASSERT_EQ(station.count(call), 3U);
  for (const auto& file : std::filesystem::directory_iterator(station.directory.path() / "trace"))
    EXPECT_FALSE(testing::read_file(file.path()).contains("secret-nonce"));
}

TEST(TraceDisk, IsItsCustomersAlone) {
  Station station;
  station.writer->begin_call(call, 7, 8);
  station.writer->decision(call, trace::Audience::customer, "x");
  EXPECT_EQ(station.count(call, {.brand = 7, .customer = 8}), 1U);
  EXPECT_EQ(station.count(call, {.brand = 7, .customer = 9}), 0U);
  EXPECT_EQ(station.count(call, {.brand = 9}), 0U);
  EXPECT_EQ(station.count({2, 2}), 0U);
}

TEST(TraceDisk, CarriersAreNoBusinessOfCustomers) {
  Station station;
  const net::Flow carrier{.local = *net::Address::parse("192.0.2.1", 5080), .remote = *net::Address::parse("198.51.100.9", 5060)};
  station.writer->begin_call(call, 7, 8);
  station.writer->message(call, trace::Audience::brand, trace::Direction::in, carrier, invite);
  station.writer->decision(call, trace::Audience::brand, "trunk: a carrier");
  station.writer->decision(call, trace::Audience::customer, "user: Alice");
  station.loop.run_for(5ms);
  station.writer->message(call, trace::Audience::customer, trace::Direction::out, station.flow,
                          "INVITE sip:101@example.com SIP/2.0\r\nCall-ID: b\r\n\r\n");
  station.writer->quality(call, 1, carrier.remote, "audio");
  const auto whole = station.find(call, {.brand = 7});
  ASSERT_EQ(whole->size(), 5U);
  EXPECT_EQ(whole->back().from, "198.51.100.9:5060");
  const auto story = station.find(call, {.brand = 7, .customer = 8, .reader = trace::Audience::customer});
  ASSERT_EQ(story->size(), 3U);
  EXPECT_EQ((*story)[0].summary, "user: Alice");
  EXPECT_EQ((*story)[1].leg, 2);  // The carrier's is the first, though it is not shown.
  EXPECT_EQ((*story)[2].from, "");
}

TEST(TraceDisk, PassesOverWhatNeverBeganAndWhatIsLongOver) {
  Station station;
  station.writer->decision(call, trace::Audience::customer, "before");
  station.writer->begin_call(call, 7, 8);
  station.writer->end_call(call);
  station.writer->quality(call, 1, {}, "media's last word");
  station.loop.run_for(11s);
  station.writer->begin_call({2, 2}, 7, 8);
  station.writer->end_call({2, 2});  // Which is when the first one is forgotten.
  station.writer->decision(call, trace::Audience::customer, "too late");
  EXPECT_EQ(station.count(call), 1U);
}

TEST(TraceDisk, WritesByItselfAfterASecond) {
  Station station;
  station.writer->begin_call(call, 7, 8);
  station.writer->decision(call, trace::Audience::customer, "x");
  station.loop.run_for(3s);
  station.writer.reset();
  station.disk.reset();
  EXPECT_EQ(trace::find_story(station.directory.path() / "trace", call, {})->size(), 1U);
}

TEST(TraceDisk, GoesOnInTheNextProcess) {
  Station station;
  station.writer->begin_call(call, 7, 8);
  station.writer->decision(call, trace::Audience::customer, "before");
  ASSERT_EQ(station.count(call), 1U);
  station.writer.reset();
  station.disk.reset();
  station.disk = std::make_unique<TraceDisk>(
      TraceDisk::Settings{.directory = station.directory.path() / "trace", .limits = {}, .hep = {}, .node = {}});
  station.writer = std::make_unique<TraceWriter>(station.loop, *station.disk);
  station.writer->begin_call(call, 7, 8);
  station.writer->decision(call, trace::Audience::customer, "after");
  const auto story = station.find(call);
  ASSERT_EQ(story->size(), 2U);
  EXPECT_EQ((*story)[0].summary, "before");
  EXPECT_EQ((*story)[1].summary, "after");
}

TEST(TraceDisk, ManySearchesAtOnceAreAllAnswered) {
  Station station;
  station.writer->begin_call(call, 7, 8);
  station.writer->decision(call, trace::Audience::customer, "x");
  station.writer->flush();
  constexpr int searches = 500;
  std::atomic<int> found = 0;
  std::atomic<int> refused = 0;
  for (int i = 0; i < searches; ++i)
    station.disk->find(call, {}, [&](const Result<std::vector<model::TraceItem>>& story) {
      if (!story) EXPECT_TRUE(story.error().is(control::Fault::busy));
      ++(story ? found : refused);
    });
  station.writer.reset();
  station.disk.reset();
  EXPECT_EQ(found + refused, searches);
  EXPECT_GT(found, 0);
}

TEST(TraceDisk, ADirectoryThatCannotBeMadeHarmsNobody) {
  log::set_level(log::Level::off);
  Station station;
  station.writer.reset();
  station.disk.reset();
  std::filesystem::remove_all(station.directory.path() / "trace");
  testing::write_file(station.directory.path() / "trace", "a file");
  station.disk = std::make_unique<TraceDisk>(
      TraceDisk::Settings{.directory = station.directory.path() / "trace", .limits = {}, .hep = {}, .node = {}});
  station.writer = std::make_unique<TraceWriter>(station.loop, *station.disk);
  station.writer->begin_call(call, 7, 8);
  station.writer->decision(call, trace::Audience::customer, "x");
  const auto story = station.find(call);
  EXPECT_TRUE(!story || story->empty());
}

}  // namespace
}  // namespace carillon::roles
