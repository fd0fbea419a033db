// SPDX-License-Identifier: GPL-3.0-or-later
// What seeds have found of the journal on failing disks, step by step.
#include <gtest/gtest.h>

#include "journal/reader.hpp"
#include "journal/writer.hpp"
#include "simulation/disk.hpp"

namespace carillon::simulation {
namespace {

class JournalOnDisk : public ::testing::Test {
 protected:
  JournalOnDisk() { the_disk = &disk; }
  ~JournalOnDisk() override { the_disk = nullptr; }

  static CallId call(std::uint64_t n) { return {.low = n}; }
  static journal::Setup setup(std::uint64_t n) { return {.call = call(n), .sip_call_id = std::to_string(n)}; }
  /// The calls whose ends a reader gets from here on.
  static std::vector<CallId> read_ended(journal::Reader& reader) {
    std::vector<CallId> ended;
    for (auto item = reader.next(); item && *item; item = reader.next())
      if (const auto* end = std::get_if<journal::Ended>(&(*item)->record)) ended.push_back(end->call);
    return ended;
  }

  const std::filesystem::path directory = "/data/journal";
  Disk disk{1};
};

TEST_F(JournalOnDisk, a_segment_whose_name_could_not_be_flushed_is_not_replaced_under_its_reader) {
  auto writer = *journal::Writer::open(directory);
  journal::Reader reader(directory);
  ASSERT_TRUE(writer->append(setup(1)));
  disk.failing_syncs = 1;
  ASSERT_FALSE(writer->commit());
  // The next segment is written and flushed and has its name, but the name may not last.
  disk.failing_syncs = 0;
  disk.failing_name_syncs = 1;
  ASSERT_FALSE(writer->commit());
  EXPECT_TRUE(read_ended(reader).empty());
  disk.failing_name_syncs = 0;
  ASSERT_TRUE(writer->append(journal::Ended{.call = call(1)}));
  ASSERT_TRUE(writer->commit());
  EXPECT_EQ(read_ended(reader), std::vector{call(1)});
}

}  // namespace
}  // namespace carillon::simulation
