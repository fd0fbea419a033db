// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: each side knows who refreshes and when a session that nobody refreshed is over (RFC 4028).
#include "sip/session_timer.hpp"

#include "sip/transaction_wire.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::sip {
namespace {

struct TimerLog final : SessionTimer::Listener {
  void on_refresh_due() override { ++refreshes; }
  void on_session_expired() override { ++ends; }
  int refreshes = 0;
  int ends = 0;
};

class SessionTimerTest : public testing::Test {
 protected:
  /// What write_answer() adds for an INVITE with these header lines.
  std::string answer(SessionTimer& timer, const std::string& extra) {
    TestRequest request;
    request.extra = extra;
    const std::string bytes = request.bytes();
    std::string out;
    Writer writer(out);
    timer.write_answer(writer, *Message::parse(bytes));
    return out;
  }
  void take(SessionTimer& timer, const std::string& extra) {
    const std::string bytes = make_response(TestRequest().bytes(), 200, "bob-tag", extra);
    timer.take_answer(*Message::parse(bytes));
  }
  test::VirtualLoop loop_;
  TimerLog log_;
};

TEST_F(SessionTimerTest, ThePeerRefreshesWhenItCan) {
  SessionTimer timer(loop_, log_, 1800);
  EXPECT_EQ(answer(timer, "Supported: timer\r\nSession-Expires: 600\r\n"),
            "Session-Expires: 600;refresher=uac\r\nRequire: timer\r\n");
  loop_.run_for(567s);
  EXPECT_EQ(log_.ends, 0);
  loop_.run_for(2s);
  EXPECT_EQ(log_.ends, 1) << "32 s before the end";
  EXPECT_EQ(log_.refreshes, 0);
}

TEST_F(SessionTimerTest, WeRefreshForAPeerThatKnowsNoTimers) {
  SessionTimer timer(loop_, log_, 1800);
  EXPECT_EQ(answer(timer, ""), "Session-Expires: 1800;refresher=uas\r\n");
  loop_.run_for(901s);
  EXPECT_EQ(log_.refreshes, 1);
  EXPECT_EQ(answer(timer, ""), "Session-Expires: 1800;refresher=uas\r\n") << "as the 2xx would start it anew";
  loop_.run_for(901s);
  EXPECT_EQ(log_.refreshes, 2);
  EXPECT_EQ(log_.ends, 0);
  loop_.run_for(868s);
  EXPECT_EQ(log_.ends, 1) << "the refresh was never answered";
}

TEST_F(SessionTimerTest, ARefusalIsASignOfLifeWhereOnlyWeKeepATimer) {
  SessionTimer timer(loop_, log_, 1800);
  answer(timer, "");
  for (int i = 1; i <= 4; ++i) {
    loop_.run_for(901s);
    EXPECT_EQ(log_.refreshes, i);
    timer.take_refusal();
  }
  EXPECT_EQ(log_.ends, 0);
  answer(timer, "Supported: timer\r\nSession-Expires: 1800;refresher=uas\r\n");
  loop_.run_for(901s);
  timer.take_refusal();
  loop_.run_for(868s);
  EXPECT_EQ(log_.ends, 1) << "who agreed to a timer has to refresh it";
}

TEST_F(SessionTimerTest, WeRefreshWhenAskedTo) {
  SessionTimer timer(loop_, log_, 0);
  EXPECT_EQ(answer(timer, "Supported: timer\r\nSession-Expires: 300;refresher=uas\r\n"),
            "Session-Expires: 300;refresher=uas\r\n");
  EXPECT_TRUE(timer.agreement().is_ours);
  EXPECT_EQ(timer.agreement().interval, 300U);
}

TEST_F(SessionTimerTest, NeverBelowTheLeast) {
  SessionTimer timer(loop_, log_, 90);
  EXPECT_EQ(answer(timer, "Supported: timer\r\nSession-Expires: 1800\r\nMin-SE: 600\r\n"),
            "Session-Expires: 600;refresher=uac\r\nRequire: timer\r\n");
  TestRequest request;
  request.extra = "Supported: timer\r\nSession-Expires: 60\r\n";
  const std::string brief = request.bytes();
  EXPECT_EQ(too_brief_session(*Message::parse(brief)), session_interval_min);
  request.extra = "Session-Expires: 60\r\n";
  const std::string ignorant = request.bytes();
  EXPECT_FALSE(too_brief_session(*Message::parse(ignorant)));
}

TEST_F(SessionTimerTest, TheAnswerToOursDecides) {
  SessionTimer timer(loop_, log_, 1800);
  std::string out;
  Writer writer(out);
  timer.write_request(writer);
  EXPECT_EQ(out, "Session-Expires: 1800\r\nMin-SE: 90\r\n");
  take(timer, "Session-Expires: 900;refresher=uas\r\n");
  EXPECT_FALSE(timer.agreement().is_ours);
  take(timer, "Session-Expires: 10;refresher=uac\r\n");
  EXPECT_TRUE(timer.agreement().is_ours) << "a nonsense interval counts as the least";
  EXPECT_EQ(timer.agreement().interval, session_interval_min);
  take(timer, "");
  EXPECT_TRUE(timer.agreement().is_ours);
  EXPECT_EQ(timer.agreement().interval, 1800U);
}

TEST_F(SessionTimerTest, AsksAgainOnceAfter422) {
  SessionTimer timer(loop_, log_, 1800);
  const std::string refusal = make_response(TestRequest().bytes(), 422, "bob-tag", "Min-SE: 3600\r\n");
  EXPECT_TRUE(timer.raise(*Message::parse(refusal)));
  std::string out;
  Writer writer(out);
  timer.write_request(writer);
  EXPECT_EQ(out, "Session-Expires: 3600\r\nMin-SE: 3600\r\n");
  EXPECT_FALSE(timer.raise(*Message::parse(refusal)));
}

}  // namespace
}  // namespace carillon::sip
