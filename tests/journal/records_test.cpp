// SPDX-License-Identifier: GPL-3.0-or-later
// Records survive the way to bytes and back, across releases in both directions, and any bytes are safe to read.
#include "journal/records.hpp"

#include <gtest/gtest.h>

#include <random>

#include "journal/sample_records.hpp"

namespace carillon::journal {
namespace {

std::string bytes_of(const auto& record) {
  std::string bytes;
  encode(record, bytes);
  return bytes;
}

TEST(Records, ComeBackAsTheyWere) {
  for (const Record& record : one_of_each()) {
    const auto back = decode(type_of(record), bytes_of(record));
    ASSERT_TRUE(back) << record.index();
    EXPECT_EQ(*back, record) << record.index();
  }
  EXPECT_EQ(decode_registration(bytes_of(registration_of(5))).value(), registration_of(5));
}

TEST(Records, NameTheirCall) {
  for (const Record& record : one_of_each()) {
    const bool is_alive = std::holds_alternative<Alive>(record);
    EXPECT_EQ(call_of(record), is_alive ? CallId{} : (CallId{1, 7}));
  }
}

TEST(Records, OfAnOlderWriterLeaveDefaults) {
  journal::Setup setup = setup_of(1);
  setup.price.clear();
  setup.carrier = 0;
  std::string bytes = bytes_of(Record(setup));
  bytes.resize(bytes.size() - 2 - 8);  // As if neither `price` nor `carrier` had been invented.
  EXPECT_EQ(std::get<journal::Setup>(decode(Type::setup, bytes).value()), setup);
}

TEST(Records, OfANewerWriterAreReadAsFarAsKnown) {
  const Record record = ended_of(1);
  EXPECT_EQ(decode(Type::ended, bytes_of(record) + "something new").value(), record);
}

TEST(Records, KeepTheFrameMarkerOutOfTexts) {
  journal::Setup setup = setup_of(1);
  setup.caller =
      "a\xff"
      "b";
  EXPECT_EQ(bytes_of(Record(setup)).find('\xff'), std::string::npos);
  EXPECT_EQ(std::get<journal::Setup>(decode(Type::setup, bytes_of(Record(setup))).value()).caller, "a?b");
}

TEST(Records, CutWhatIsTooLong) {
  Dialog dialog = dialog_of(1, 1);
  dialog.remote_sdp.assign(max_text + 10, 'x');
  dialog.route_set.assign(max_list + 10, "r");
  const auto back = std::get<Dialog>(decode(Type::dialog, bytes_of(Record(dialog))).value());
  EXPECT_EQ(back.remote_sdp.size(), max_text);
  EXPECT_EQ(back.route_set.size(), max_list);
  Ended ended = ended_of(1);
  ended.attempts.assign(max_list + 10, {std::string(70'000, 't'), std::string(70'000, 'c'), {}, {}, 503});
  EXPECT_EQ(std::get<Ended>(decode(Type::ended, bytes_of(Record(ended))).value()).attempts.back().sip_code, 503);
}

TEST(Records, RefuseValuesOutsideTheirEnumeration) {
  std::string bytes = bytes_of(Record(ended_of(1)));
  bytes[16 + 8 + 8] = 7;  // Behind call, instant and duration.
  EXPECT_TRUE(decode(Type::ended, bytes).error().is(Fault::bad_record));
}

TEST(Records, AnyPrefixIsSafe) {
  for (const Record& record : one_of_each()) {
    const std::string bytes = bytes_of(record);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto back = decode(type_of(record), std::string(bytes, 0, size));
      if (!back) EXPECT_TRUE(back.error().is(Fault::bad_record));
    }
  }
}

TEST(Records, AnyBytesAreSafe) {
  std::mt19937 random(42);
  for (int round = 0; round < 20'000; ++round) {
    const std::vector<Record> samples = one_of_each();
    const Record& record = samples[random() % samples.size()];
    std::string bytes = bytes_of(record);
    for (int change = 0; change < 3; ++change) bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto type = static_cast<Type>(random() % 40);
    (void)decode(round % 2 == 0 ? type_of(record) : type, bytes);
    (void)decode_registration(bytes);
  }
}

TEST(Records, HugeCountsAllocateNothing) {
  std::string bytes(8, '\0');
  bytes += "\xff\xff\xff\x7f";
  EXPECT_TRUE(decode(Type::alive, bytes).error().is(Fault::bad_record));
}

}  // namespace
}  // namespace carillon::journal
