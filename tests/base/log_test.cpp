// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: one record is one line whatever its values hold, nothing secret is in it, and no source can flood it.
#include "base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace carillon {
namespace {

class LogTest : public testing::Test {
 protected:
  LogTest() {
    EXPECT_EQ(pipe2(ends_.data(), O_NONBLOCK), 0);
    log::set_output(ends_[1]);
  }
  ~LogTest() override {
    log::set_output(STDERR_FILENO);
    log::set_level(log::Level::info);
    close(ends_[0]);
    close(ends_[1]);
  }
  std::string written() {
    std::string text(100'000, '\0');
    const ssize_t size = read(ends_[0], text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }
  /// What follows the event's name.
  std::string fields() {
    const std::string text = written();
    const std::size_t begin = text.find(" event=e");
    return begin == std::string::npos ? text : text.substr(begin + 8);
  }
  std::array<int, 2> ends_{};
};

TEST_F(LogTest, WritesKeysAndValues) {
  log::info("registrar", "e",
            {{"aor", "sip:alice@example.com"}, {"count", 3}, {"call", CallId{1, 2}}, {"took", Duration(1500)}, {"ok", true}});
  const std::string text = written();
  EXPECT_TRUE(text.starts_with("time=20")) << text;
  EXPECT_TRUE(
      text.ends_with("Z level=info area=registrar event=e aor=sip:alice@example.com count=3 "
                     "call=00000000000000010000000000000002 took=0.002s ok=true\n"))
      << text;
}

TEST_F(LogTest, EscapesValues) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", R"("")"},
      {"two words", R"("two words")"},
      {"a=b", R"("a=b")"},
      {"quote\"back\\slash", R"("quote\"back\\slash")"},
      {"line\r\nlevel=error", R"("line\r\nlevel=error")"},
      {"\x1b[31m", R"("\x1b[31m")"},
      {std::string("nul\0", 4), R"("nul\x00")"},
      {"Núñez", "\"Núñez\""},
      {"\xc2\x9b", R"("\xc2\x9b")"},          // A C1 control.
      {"\xc0\xaf\xff", R"("\xc0\xaf\xff")"},  // Not UTF-8.
      {"\xed\xa0\x80", R"("\xed\xa0\x80")"},  // A surrogate.
      {"\xe2\x82", R"("\xe2\x82")"},          // Cut off.
      {"\u2028x", R"("\xe2\x80\xa8x")"},      // Ends a line for some.
      {"\u202ex", R"("\xe2\x80\xaex")"},      // Shown from right to left.
      {"\u2066x", R"("\xe2\x81\xa6x")"},
      {"\u2030", "\"\u2030\""},
      {"\xf0\x9f\x93\x9e", "\"\xf0\x9f\x93\x9e\""},
  };
  for (const auto& [value, expected] : cases) {
    log::info("test", "e", {{"v", value}});
    EXPECT_EQ(fields(), " v=" + expected + "\n");
  }
}

TEST_F(LogTest, HidesSecrets) {
  const Secret secret("hunter2");
  log::info("test", "e", {{"password", secret}});
  EXPECT_EQ(fields(), " password=***\n");
  EXPECT_EQ(fmt::format("{}", secret), "***");
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST_F(LogTest, CapsValuesAndLines) {
  const std::string hostile(100'000, 'x');
  log::info("test", "e", {{"v", hostile}});
  EXPECT_EQ(fields(), " v=\"" + std::string(512, 'x') + "…+99488\"\n");
  const std::string controls(100'000, '\n');
  log::info("test", "e", {{"a", controls}, {"b", controls}, {"c", controls}, {"d", controls}, {"e", controls}});
  const std::string text = written();
  EXPECT_LE(text.size(), 4096U);
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_TRUE(text.ends_with(" cut=true\n"));
}

/// Whether it is one record: keys with bare or quoted values, a blank between them, and an end of line.
bool is_record(std::string_view line) {
  while (true) {
    const std::size_t sign = line.find('=');
    if (sign == 0 || sign == std::string_view::npos || line.substr(0, sign).find_first_of(" \"\n") != std::string_view::npos)
      return false;
    line.remove_prefix(sign + 1);
    if (line.starts_with('"')) {
      std::size_t at = 1;
      while (at < line.size() && line[at] != '"') at += line[at] == '\\' ? 2 : 1;
      line.remove_prefix(std::min(at + 1, line.size()));
    } else {
      line.remove_prefix(std::min(line.find_first_of(" \"\n"), line.size()));
    }
    if (line == "\n") return true;
    if (!line.starts_with(' ')) return false;
    line.remove_prefix(1);
  }
}

TEST_F(LogTest, IsARecordWhereverItIsCut) {
  for (std::size_t size = 0; size < 80; ++size) {
    const std::string controls(490, '\x01');
    const std::string rest(size, 'x');
    log::info("test", "e", {{"a", controls}, {"b", rest}, {"c", controls}, {"d", "two words"}, {"e", "two words"}});
    const std::string text = written();
    EXPECT_TRUE(is_record(text)) << text;
  }
}

TEST_F(LogTest, KeepsToTheLevel) {
  log::debug("test", "e");
  EXPECT_EQ(written(), "");
  log::set_level(*log::level_from("debug"));
  log::debug("test", "e");
  EXPECT_NE(written(), "");
  log::set_level(log::Level::off);
  log::error("test", "e");
  EXPECT_EQ(written(), "");
  EXPECT_FALSE(log::level_from("loud"));
}

TEST_F(LogTest, NeverBlocks) {
  for (int i = 0; i < 10'000; ++i) log::info("test", "e", {{"filler", std::string(200, 'x')}});
  EXPECT_NE(written(), "");
  log::info("test", "e");
  EXPECT_TRUE(written().contains(" dropped="));
  log::info("test", "e");
  EXPECT_FALSE(written().contains(" dropped="));
}

TEST(SourceLimit, LetsABurstThroughThenOneAnInterval) {
  log::SourceLimit limit({.burst = 2, .interval = 10s});
  Monotonic now(1h);
  EXPECT_EQ(limit.admit("192.0.2.1", now), 0U);
  EXPECT_EQ(limit.admit("192.0.2.1", now), 0U);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limit.admit("192.0.2.1", now));
  EXPECT_EQ(limit.admit("192.0.2.2", now), 0U);
  now += 10s;
  EXPECT_EQ(limit.admit("192.0.2.1", now), 5U);
  EXPECT_FALSE(limit.admit("192.0.2.1", now));
  now += 1h;
  EXPECT_EQ(limit.admit("192.0.2.1", now), 1U);
  EXPECT_EQ(limit.admit("192.0.2.1", now), 0U);
  EXPECT_FALSE(limit.admit("192.0.2.1", now));
}

}  // namespace
}  // namespace carillon
