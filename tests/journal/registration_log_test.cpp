// SPDX-License-Identifier: GPL-3.0-or-later
// Bindings outlive a restart, a torn tail costs only itself, and the file does not grow for ever.
#include "journal/registration_log.hpp"

#include <gtest/gtest.h>

#include "journal/sample_records.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::journal {
namespace {

using carillon::testing::read_file;
using carillon::testing::TemporaryDirectory;
using carillon::testing::write_file;

RegistrationBytes bytes_of(const std::vector<Registration>& records) {
  RegistrationBytes bytes;
  for (const Registration& record : records) bytes.add(record);
  return bytes;
}

std::unique_ptr<RegistrationLog> open_log(const std::filesystem::path& path, std::vector<Registration>* replayed = nullptr) {
  auto log = RegistrationLog::open(path, 3, [&](Registration registration) {
    if (replayed != nullptr) replayed->push_back(std::move(registration));
  });
  EXPECT_TRUE(log) << log.error().what;
  return std::move(*log);
}

TEST(RegistrationLog, ReplaysWhatWasFlushed) {
  TemporaryDirectory directory;
  {
    auto log = open_log(directory.path());
    ASSERT_TRUE(log->append(bytes_of({registration_of(1)})));
    ASSERT_TRUE(log->append(bytes_of({registration_of(2)})));
    ASSERT_TRUE(log->flush());
    ASSERT_TRUE(log->append(bytes_of({registration_of(3)})));
  }
  std::vector<Registration> replayed;
  auto log = open_log(directory.path(), &replayed);
  EXPECT_EQ(replayed, std::vector<Registration>({registration_of(1), registration_of(2)}));
}

TEST(RegistrationLog, KeepsSubscriptionsBesideBindings) {
  TemporaryDirectory directory;
  const Subscription watched{.customer = 1,
                             .terminal = 2,
                             .event = "dialog",
                             .user = "102",
                             .call_id = "a",
                             .local_tag = "b",
                             .local_cseq = 7,
                             .route_set = {"<sip:proxy;lr>"},
                             .version = 3};
  RegistrationBytes both;
  both.add(registration_of(1));
  both.add(watched);
  {
    auto log = open_log(directory.path());
    ASSERT_TRUE(log->append(both));
    ASSERT_TRUE(log->flush());
  }
  for (int i = 0; i < 2; ++i) {
    std::vector<Registration> bindings;
    std::vector<Subscription> subscriptions;
    auto log = RegistrationLog::open(
        directory.path(), 3, [&](Registration each) { bindings.push_back(std::move(each)); },
        [&](Subscription each) { subscriptions.push_back(std::move(each)); });
    ASSERT_TRUE(log);
    EXPECT_EQ(bindings, std::vector<Registration>({registration_of(1)}));
    EXPECT_EQ(subscriptions, std::vector<Subscription>({watched}));
    ASSERT_TRUE((*log)->compact(both));
  }
}

TEST(RegistrationLog, CutsOffATornTailAndGoesOn) {
  TemporaryDirectory directory;
  {
    auto log = open_log(directory.path());
    ASSERT_TRUE(log->append(bytes_of({registration_of(1)})));
    ASSERT_TRUE(log->append(bytes_of({registration_of(2)})));
    ASSERT_TRUE(log->flush());
  }
  const auto path = directory.path() / "3.log";
  const std::string whole = read_file(path);
  for (std::size_t size = whole.size() / 2; size < whole.size(); ++size) {
    write_file(path, whole.substr(0, size));
    auto log = open_log(directory.path());
    ASSERT_TRUE(log->append(bytes_of({registration_of(5)})));
    ASSERT_TRUE(log->flush());
    std::vector<Registration> replayed;
    open_log(directory.path(), &replayed);
    EXPECT_EQ(replayed, std::vector<Registration>({registration_of(1), registration_of(5)})) << size;
  }
}

TEST(RegistrationLog, CompactsAtTwiceItsLiveSize) {
  TemporaryDirectory directory;
  auto log = open_log(directory.path());
  int compactions = 0;
  std::vector<Registration> live;
  for (std::int64_t terminal = 1; terminal <= 10; ++terminal) live.push_back(registration_of(terminal));
  std::uintmax_t largest = 0;
  for (int round = 0; round < 5000; ++round) {
    ASSERT_TRUE(log->append(bytes_of({live[static_cast<std::size_t>(round) % live.size()]})));
    ASSERT_TRUE(log->flush());
    largest = std::max(largest, std::filesystem::file_size(directory.path() / "3.log"));
    if (!log->wants_compaction(live.size())) continue;
    ++compactions;
    ASSERT_TRUE(log->compact(bytes_of(live)));
    EXPECT_FALSE(log->wants_compaction(live.size()));
  }
  EXPECT_GT(compactions, 3);
  EXPECT_LT(largest, 100'000U);
  ASSERT_TRUE(log->append(bytes_of({registration_of(11)})));
  ASSERT_TRUE(log->flush());
  std::vector<Registration> replayed;
  open_log(directory.path(), &replayed);
  EXPECT_EQ(replayed.back(), registration_of(11));
}

TEST(RegistrationLog, KeepsTheOthersWhenOneIsDamaged) {
  TemporaryDirectory directory;
  {
    auto log = open_log(directory.path());
    for (std::int64_t terminal = 1; terminal <= 3; ++terminal) ASSERT_TRUE(log->append(bytes_of({registration_of(terminal)})));
    ASSERT_TRUE(log->flush());
  }
  std::string bytes = read_file(directory.path() / "3.log");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(directory.path() / "3.log", bytes);
  std::vector<Registration> replayed;
  auto log = open_log(directory.path(), &replayed);
  EXPECT_EQ(replayed, std::vector<Registration>({registration_of(1), registration_of(3)}));
  EXPECT_GT(log->damaged_bytes(), 0U);
}

}  // namespace
}  // namespace carillon::journal
