// SPDX-License-Identifier: GPL-3.0-or-later
// Each ended call becomes exactly one row, whatever is interrupted, repeated, restated or damaged on the way.
#include "billing/record_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "journal/writer.hpp"
#include "model/webhook.hpp"
#include "store/table.hpp"
#include "support/sample_database.hpp"

namespace carillon::billing {
namespace {

using carillon::testing::OnEachDatabase;
using carillon::testing::SampleDatabase;
using carillon::testing::test_start;

journal::Setup setup_of(std::uint64_t number) {
  journal::Setup setup;
  setup.call = {1, number};
  setup.brand = 11;
  setup.customer = 22;
  setup.sip_call_id = fmt::format("call-{}@host", number);
  setup.started_at = test_start + number * 1s;
  setup.caller = "101";
  setup.callee = "102";
  return setup;
}

journal::Ended ended_of(std::uint64_t number) {
  journal::Ended ended;
  ended.call = {1, number};
  ended.at = test_start + (number + 60) * 1s;
  ended.duration = std::chrono::milliseconds(number);
  ended.sip_code = 200;
  return ended;
}

struct Fixture {
  explicit Fixture(std::size_t segment_bytes = 64 << 20) : segment_bytes_(segment_bytes) { restart_signalling(); }

  void restart_signalling() {
    writer.reset();
    writer = journal::Writer::open(directory(), {.segment_bytes = segment_bytes_}).value();
  }
  std::unique_ptr<RecordWriter> open(RecordWriter::Options options = {}) {
    return RecordWriter::open(*database, directory(), std::move(options)).value();
  }
  void append(const journal::Record& record) { ASSERT_TRUE(writer->append(record)); }
  void commit() { ASSERT_TRUE(writer->commit()); }
  std::filesystem::path directory() const { return database.path() / "journal"; }
  std::int64_t rows() { return database.integer("SELECT count(*) FROM calls"); }

  SampleDatabase database;
  std::unique_ptr<journal::Writer> writer;

 private:
  std::size_t segment_bytes_;
};

void store_all(RecordWriter& records) {
  while (true) {
    const auto more = records.run_once();
    ASSERT_TRUE(more) << more.error().what;
    if (!*more) return;
  }
}

class RecordWriterTest : public OnEachDatabase {};
CARILLON_ON_EACH_DATABASE(RecordWriterTest);

TEST_P(RecordWriterTest, StoresACallWhenItHasEnded) {
  Fixture f;
  auto records = f.open();
  f.append(setup_of(1));
  f.append(journal::Answered{{1, 1}, test_start + 3s, 44, ""});
  f.commit();
  store_all(*records);
  EXPECT_EQ(f.rows(), 0);
  EXPECT_EQ(records->progress().open_calls, 1U);
  f.append(ended_of(1));
  f.commit();
  store_all(*records);
  const auto calls = store::list_all<model::Call>(*f.database, {{11}, {22}});
  ASSERT_EQ(calls->size(), 1U);
  EXPECT_EQ(calls->front().call_id, "call-1@host");
  EXPECT_EQ(calls->front().answered_at, test_start + 3s);
  EXPECT_EQ(calls->front().duration, 1ms);
  EXPECT_EQ(records->progress().stored, 1U);
  EXPECT_EQ(records->progress().open_calls, 0U);
}

/// A webhook of the call's customer, of its brand, and of others.
void add_webhooks(SampleDatabase& database) {
  ASSERT_TRUE(database->execute(
      "INSERT INTO brands (id, name, language, time_zone, currency) VALUES (11, 'b', 'en', 'UTC', 'EUR'), "
      "(12, 'c', 'en', 'UTC', 'EUR'); "
      "INSERT INTO customers (id, brand, kind, name, country, country_code, time_zone, currency, language) VALUES "
      "(22, 11, 'vpbx', 'a', 'ES', '34', 'UTC', 'EUR', 'en'), (23, 11, 'vpbx', 'b', 'ES', '34', 'UTC', 'EUR', 'en')"));
  const auto add = [&](std::int64_t id, std::int64_t brand, std::int64_t customer, std::string_view events, bool is_active) {
    model::Webhook webhook{.id = {id}, .brand = {brand}, .customer = {customer}, .url = "https://hooks.example/"};
    webhook.events = events;
    webhook.active = is_active;
    ASSERT_TRUE(store::Inserter::prepare(*database, model::resource_of<model::Webhook>)->insert(webhook));
  };
  add(101, 11, 22, "call.ended", true);
  add(102, 11, 0, "*", true);
  add(103, 11, 23, "call.ended", true);
  add(104, 12, 0, "call.ended", true);
  add(105, 11, 22, "job.done", true);
  add(106, 11, 22, "call.ended", false);
}

TEST_P(RecordWriterTest, TellsWebhooksOfEachCallOnce) {
  Fixture f;
  add_webhooks(f.database);
  for (std::uint64_t call = 1; call <= 300; ++call) {
    f.append(setup_of(call));
    f.append(ended_of(call));
  }
  f.commit();
  store_all(*f.open());
  ASSERT_TRUE(f.database->execute("DELETE FROM journals"));
  store_all(*f.open());
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM webhook_deliveries"), 600);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM webhook_deliveries WHERE webhook = 101 AND status = 'pending'"), 300);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM webhook_deliveries WHERE webhook = 102"), 300);
  const auto own = store::list<model::WebhookDelivery>(*f.database, {{11}, {22}}, {.limit = 1});
  ASSERT_EQ(own->size(), 1U);
  const auto& delivery = own->front();
  EXPECT_EQ(delivery.type, "call.ended");
  EXPECT_TRUE(delivery.event.starts_with("evt_0000000000000001")) << delivery.event;
  EXPECT_TRUE(delivery.body.text.contains(R"("data":{"id":")" + delivery.event.substr(4))) << delivery.body.text;
  EXPECT_TRUE(delivery.body.text.starts_with(R"({"type":"call.ended","timestamp":"20)")) << delivery.body.text;
}

/// An administrator who can be mailed.
void add_administrator(SampleDatabase& database, std::int64_t id, std::string_view customer, std::string_view email) {
  const std::string sql = fmt::format(
      "INSERT INTO administrators (id, level, brand, customer, login, password_hash, active, email) VALUES ({0}, '{1}', 11, {2}, "
      "'login{0}', '', 1, '{3}')",
      id, customer == "NULL" ? "brand" : "customer", customer, email);
  ASSERT_TRUE(database->execute(sql));
}

/// What a limit of calls begun in a minute kept from being made.
journal::Ended refused(std::uint64_t number, journal::Limit limit = journal::Limit::customer) {
  journal::Ended ended = ended_of(number);
  ended.status = journal::Status::failed;
  ended.sip_code = 403;
  ended.limit = limit;
  return ended;
}

TEST_P(RecordWriterTest, TellsOfTooManyCallsOnceAnHour) {
  Fixture f;
  add_webhooks(f.database);
  add_administrator(f.database, 61, "22", "company@example.com");
  add_administrator(f.database, 62, "NULL", "brand@example.com");
  add_administrator(f.database, 63, "23", "other@example.com");
  add_administrator(f.database, 64, "22", "");
  ASSERT_TRUE(f.database->execute("UPDATE webhooks SET events = 'customer.calls_limited'"));
  static Instant now;
  now = test_start;
  const store::Sealer sealer = store::Sealer::fleeting();
  const RecordWriter::Options options{.sealer = &sealer, .wall = [] { return now; }};
  const auto refuse = [&](std::uint64_t first, std::uint64_t last, journal::Limit limit = journal::Limit::customer) {
    for (std::uint64_t call = first; call <= last; ++call) {
      f.append(setup_of(call));
      f.append(refused(call, limit));
    }
    f.commit();
    const auto records = f.open(options);
    store_all(*records);
    return records->progress().alarms;
  };
  EXPECT_EQ(refuse(1, 30), 1U);
  now += 59min;
  EXPECT_EQ(refuse(31, 40), 0U);  // Also by another process.
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM webhook_deliveries WHERE webhook = 101"), 1);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM webhook_deliveries WHERE webhook = 102"), 1);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM webhook_deliveries"), 3);  // 105 is the customer's too.
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM audit WHERE action = 'calls_limited' AND customer = 22 AND brand = 11"), 1);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM mails"), 2);
  now += 2min;
  EXPECT_EQ(refuse(41, 41), 1U);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM mails"), 4);
  // No limit's alarm hides another's.
  EXPECT_EQ(refuse(42, 43, journal::Limit::terminal), 1U);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM mails"), 6);
  EXPECT_EQ(refuse(44, 45, journal::Limit::brand), 1U);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM mails"), 7);  // To the brand alone.
  EXPECT_EQ(refuse(46, 46), 0U);
  ASSERT_TRUE(f.database->execute("DELETE FROM journals"));
  EXPECT_EQ(f.open(options)->progress().alarms, 0U);
}

TEST_P(RecordWriterTest, MailsNobodyWithoutAServer) {
  Fixture f;
  add_webhooks(f.database);
  add_administrator(f.database, 61, "22", "company@example.com");
  f.append(setup_of(1));
  f.append(refused(1));
  f.commit();
  const auto records = f.open();
  store_all(*records);
  EXPECT_EQ(records->progress().alarms, 1U);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM mails"), 0);
}

TEST_P(RecordWriterTest, StoresTheSameJournalTwiceAsOnce) {
  Fixture f;
  for (std::uint64_t call = 1; call <= 100; ++call) {
    f.append(setup_of(call));
    f.append(ended_of(call));
  }
  f.commit();
  store_all(*f.open());
  EXPECT_EQ(f.rows(), 100);
  ASSERT_TRUE(f.database->execute("DELETE FROM journals"));  // As if the cursor were lost.
  auto again = f.open();
  store_all(*again);
  EXPECT_EQ(f.rows(), 100);
  EXPECT_EQ(again->progress().stored, 0U);
}

TEST_P(RecordWriterTest, DoesNotBringBackWhatWasDeletedSince) {
  Fixture f;
  f.append(setup_of(1));
  f.append(ended_of(1));
  f.append(setup_of(2));
  f.commit();
  store_all(*f.open());
  ASSERT_TRUE(f.database->execute("DELETE FROM calls"));
  f.append(ended_of(2));
  f.commit();
  auto again = f.open();
  store_all(*again);
  EXPECT_EQ(f.rows(), 1);
  EXPECT_EQ(again->progress().orphans, 0U);
}

TEST_P(RecordWriterTest, KeepsToItsBounds) {
  Fixture f;
  for (std::uint64_t call = 1; call <= 25; ++call) {
    f.append(setup_of(call));
    f.append(ended_of(call));
  }
  f.commit();
  auto by_rows = f.open({.rows_max = 10});
  for (const std::int64_t rows : {10, 20, 25}) {
    ASSERT_TRUE(by_rows->run_once());
    EXPECT_EQ(f.rows(), rows);
  }
  ASSERT_TRUE(f.database->execute("DELETE FROM calls; DELETE FROM journals"));
  auto by_time = f.open({.rows_max = 10, .time_max = 0ms});
  for (const std::int64_t rows : {1, 2, 3}) {
    ASSERT_TRUE(by_time->run_once());
    EXPECT_EQ(f.rows(), rows);
    EXPECT_EQ(f.database.integer("SELECT count(*) FROM journals"), 1);
  }
  // What it had read and not stored is read again by the next.
  store_all(*f.open());
  EXPECT_EQ(f.rows(), 25);
}

TEST_P(RecordWriterTest, TriesAgainAfterAnError) {
  Fixture f;
  f.append(setup_of(1));
  f.append(ended_of(1));
  f.commit();
  auto records = f.open();
  ASSERT_TRUE(f.database->execute("ALTER TABLE calls RENAME TO away"));
  EXPECT_TRUE(records->run_once().error().is(store::Fault::sql));
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM journals"), 0);
  ASSERT_TRUE(f.database->execute("ALTER TABLE away RENAME TO calls"));
  store_all(*records);
  EXPECT_EQ(f.rows(), 1);
  EXPECT_EQ(records->progress().stored, 1U);
}

TEST_P(RecordWriterTest, SaysWhichSegmentsCanGo) {
  Fixture f(2000);
  auto records = f.open();
  f.append(setup_of(1000));  // Stays open throughout.
  for (std::uint64_t call = 1; f.writer->segment() < 5; ++call) {
    f.append(setup_of(call));
    f.append(ended_of(call));
    f.commit();
  }
  EXPECT_EQ(stored_segment(*f.database).value(), 0U);
  store_all(*records);
  const std::int64_t before = f.rows();
  ASSERT_EQ(stored_segment(*f.database).value(), 5U);
  ASSERT_TRUE(journal::remove_segments_before(f.directory(), 5));
  records = f.open();
  f.append(ended_of(1000));
  f.commit();
  store_all(*records);
  EXPECT_EQ(f.rows(), before + 1);
  EXPECT_EQ(records->progress().orphans, 0U);
}

TEST_P(RecordWriterTest, CountsWhatItCannotStore) {
  Fixture f;
  f.append(ended_of(1));  // Without a setup.
  journal::Setup nobodys = setup_of(2);
  nobodys.brand = 0;
  f.append(nobodys);
  f.append(ended_of(2));
  f.append(setup_of(3));
  f.append(ended_of(3));
  f.commit();
  auto records = f.open();
  store_all(*records);
  EXPECT_EQ(f.rows(), 1);
  EXPECT_EQ(records->progress().orphans, 2U);
  EXPECT_EQ(records->progress().set_aside, 2U);
}

TEST_P(RecordWriterTest, SetsAsideWhatTheSchemaRefusesAndStoresTheRest) {
  Fixture f;
  for (std::uint64_t call = 1; call <= 5; ++call) {
    f.append(setup_of(call));
    f.append(journal::Answered{{1, call}, test_start, 44, ""});
    f.append(ended_of(call));
  }
  f.commit();
  f.database.refuse_calls("call_id IN ('call-2@host', 'call-5@host')");
  auto records = f.open();
  store_all(*records);
  EXPECT_EQ(f.rows(), 3);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM records_set_aside"), 2);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM records_set_aside WHERE journal = 'local' AND reason LIKE '%no such calls%' "
                               "AND call = '00000000000000010000000000000002' AND set_aside_at > 0"),
            1);
  EXPECT_EQ(records->progress().set_aside, 2U);
  EXPECT_EQ(records->progress().stored, 3U);
  // The whole of it: setup, answered and ended, each as its bytes.
  std::string bytes;
  journal::encode(setup_of(2), bytes);
  auto kept = f.database->prepare("SELECT record FROM records_set_aside ORDER BY position");
  ASSERT_TRUE(kept && (*kept)->step());
  const std::string text((*kept)->text(0));
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
  EXPECT_TRUE(text.starts_with(fmt::format("2 {:02x}{:02x}", bytes[0], bytes[1]))) << text;
  // Whoever comes next neither sets them aside again nor forgets them.
  ASSERT_TRUE(f.database->execute("DELETE FROM journals"));
  auto again = f.open();
  store_all(*again);
  EXPECT_EQ(f.rows(), 3);
  EXPECT_EQ(again->progress().set_aside, 2U);
}

TEST_P(RecordWriterTest, SetsAsideWhatCannotBeRead) {
  Fixture f;
  f.writer.reset();
  std::string segment;
  ASSERT_TRUE(journal::append_frame(segment, journal::Type::segment, 1, std::string_view()));
  ASSERT_TRUE(journal::append_frame(segment, 1, journal::Record(setup_of(1))));
  ASSERT_TRUE(journal::append_frame(segment, journal::Type::ended, 2, "no record"));
  ASSERT_TRUE(journal::append_frame(segment, 3, journal::Record(ended_of(1))));
  std::ofstream(f.directory() / journal::segment_name(2), std::ios::binary) << segment;
  auto records = f.open();
  store_all(*records);
  EXPECT_EQ(f.rows(), 1);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM records_set_aside WHERE segment = 2 AND call IS NULL "
                               "AND record LIKE '7 6e6f207265636f7264_'"),
            1);
  EXPECT_EQ(records->progress().bad_records, 1U);
  EXPECT_EQ(records->progress().set_aside, 1U);
}

TEST(RecordWriter, SetsNothingAsideForTroubleOfTheDatabase) {
  Fixture f;
  for (std::uint64_t call = 1; call <= 50; ++call) {
    f.append(setup_of(call));
    f.append(ended_of(call));
  }
  f.commit();
  auto records = f.open();
  ASSERT_TRUE(f.database->execute("PRAGMA max_page_count = 1"));  // As large as it is and no larger: full.
  EXPECT_TRUE(records->run_once().error().is(store::Fault::full));
  ASSERT_TRUE(f.database->execute("PRAGMA max_page_count = 1000000"));
  {
    auto other = f.database.open(store::Access::write);
    ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
    ASSERT_TRUE(f.database->execute("PRAGMA busy_timeout = 1"));
    EXPECT_TRUE(records->run_once().error().is(store::Fault::busy));
  }
  store_all(*records);
  EXPECT_EQ(f.rows(), 50);
  EXPECT_EQ(records->progress().set_aside, 0U);
}

TEST(RecordWriter, SetsNothingAsideWhileAServerIsAway) {
  carillon::testing::chosen_kind = store::DatabaseKind::postgresql;
  Fixture f;
  carillon::testing::chosen_kind = store::DatabaseKind::sqlite;
  f.append(setup_of(1));
  f.append(ended_of(1));
  f.commit();
  auto records = f.open();
  f.database.go_away();
  EXPECT_TRUE(records->run_once().error().is(store::Fault::away));
  EXPECT_TRUE(records->run_once().error().is(store::Fault::away));
  f.database.come_back();
  records = f.open();
  store_all(*records);
  EXPECT_EQ(f.rows(), 1);
  EXPECT_EQ(records->progress().set_aside, 0U);
}

/// Signalling and jobs are killed and restarted at random while calls come and go; the last segments are deleted as they are
/// stored.
void run_random(std::uint32_t seed) {
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Fixture f(1500);
  auto records = f.open({.rows_max = 3, .time_max = 1ms});
  std::vector<std::uint64_t> open, uncommitted_new;
  std::uint64_t next = 1;
  std::size_t ended_durably = 0, ended_pending = 0;
  std::vector<std::uint64_t> pending_ends;
  for (int step = 0; step < 300; ++step) {
    switch (random() % 12) {
      case 0:
      case 1:
      case 2:
        f.append(setup_of(next));
        uncommitted_new.push_back(next++);
        break;
      case 3:
      case 4:
        if (open.empty()) break;
        std::swap(open[random() % open.size()], open.back());
        if (random() % 2 == 0) f.append(journal::Answered{{1, open.back()}, test_start, 44, ""});
        f.append(ended_of(open.back()));
        pending_ends.push_back(open.back());
        open.pop_back();
        ++ended_pending;
        break;
      case 5:
      case 6:
        f.commit();
        open.insert(open.end(), uncommitted_new.begin(), uncommitted_new.end());
        uncommitted_new.clear();
        pending_ends.clear();
        ended_durably += std::exchange(ended_pending, 0);
        break;
      case 7:
      case 8:
        ASSERT_TRUE(records->run_once());
        break;
      case 9:
        records = f.open({.rows_max = 3, .time_max = 1ms});
        break;
      case 10:  // What was not committed is gone; what was is still open.
        f.restart_signalling();
        uncommitted_new.clear();
        open.insert(open.end(), pending_ends.begin(), pending_ends.end());
        pending_ends.clear();
        ended_pending = 0;
        EXPECT_EQ(f.writer->open_calls().size(), open.size());
        break;
      default:
        ASSERT_TRUE(journal::remove_segments_before(f.directory(), stored_segment(*f.database).value()));
    }
  }
  f.commit();
  ended_durably += ended_pending;
  store_all(*records);
  EXPECT_EQ(f.rows(), static_cast<std::int64_t>(ended_durably));
  EXPECT_EQ(records->progress().orphans, 0U);
  EXPECT_EQ(f.database.integer("SELECT count(*) FROM calls WHERE call_id <> 'call-' || duration_ms || '@host'"), 0);
}

TEST_P(RecordWriterTest, MakesExactlyOneRowPerCall) {
  for (std::uint32_t seed = 1; seed <= 4; ++seed) run_random(seed);
}

}  // namespace
}  // namespace carillon::billing
