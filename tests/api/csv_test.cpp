// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what a spreadsheet writes is read, what it reads computes nothing, and what was exported comes back as it was.
#include "api/csv.hpp"

#include <gtest/gtest.h>

namespace carillon::api {
namespace {

std::vector<std::vector<std::string>> cells_of(std::string_view text) {
  std::vector<std::vector<std::string>> all;
  const auto lines = read_csv(text, 100);
  EXPECT_TRUE(lines) << lines.error().what;
  if (lines)
    for (const CsvLine& line : *lines) all.push_back(line.cells);
  return all;
}

using Table = std::vector<std::vector<std::string>>;

TEST(Csv, IsReadAsItIsWrittenByOthers) {
  EXPECT_EQ(cells_of("a,b\r\n1,2\r\n"), (Table{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(cells_of("\xef\xbb\xbf"
                     "a;b\n1,5;2"),
            (Table{{"a", "b"}, {"1,5", "2"}}));
  EXPECT_EQ(cells_of("a,b\n\n\"x \"\"y\"\"\n,z\",\n"), (Table{{"a", "b"}, {"x \"y\"\n,z", ""}}));
  EXPECT_EQ(cells_of(""), Table());
}

TEST(Csv, KnowsItsLines) {
  const auto lines = read_csv("a,b\n1,\"two\nlines\"\n3,4\n", 100);
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 3U);
  EXPECT_EQ((*lines)[1].line, 2);
  EXPECT_EQ((*lines)[2].line, 4);
}

TEST(Csv, KnowsItsLinesWhereTheyEndAsInWindows) {
  const auto lines = read_csv("a,b\r\n1,\"two\r\nlines\"\r\n\r\n3,4\r\n5,6", 100);
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 4U);
  EXPECT_EQ((*lines)[1].line, 2);
  EXPECT_EQ((*lines)[2].line, 5);
  EXPECT_EQ((*lines)[3].line, 6);
}

TEST(Csv, IsUtf8) {
  const auto other = read_csv("name\nAnna\nJos\xe9\n", 100);
  EXPECT_TRUE(other.error().is(CsvFault::not_utf8));
  EXPECT_TRUE(other.error().what.starts_with("line 3 ")) << other.error().what;
}

TEST(Csv, IsRefusedWhenBrokenOrTooLong) {
  EXPECT_TRUE(read_csv("a,b\n\"1,2\n", 100).error().is(CsvFault::not_csv));
  EXPECT_TRUE(read_csv("a,b\nx\"y,2\n", 100).error().is(CsvFault::not_csv));
  std::string long_one = "a\n";
  for (int n = 0; n < 11; ++n) long_one += "1\n";
  EXPECT_TRUE(read_csv(long_one, 10).error().is(CsvFault::too_many_lines));
}

TEST(Csv, ComputesNothingAndComesBack) {
  for (const std::string cell :
       {"=1+1",        "+34600", "-1",       "@SUM(A1)",  "\t=1",    "\r=1",       " =1",    "x\n=1",
        "'=1",         "''=1",   "'quoted'", "plain",     "a,b",     "say \"hi\"", "",       "=cmd|' /C calc'!A0",
        "\n\n-2",      "a;b",    "＝1+1",    "＋1",       "－1",     "＠1",        "a;=1+1", "a; -1;b",
        "a\t@1",       "a;'=1",  "';=1",     "=1;=2;'=3", "\t;\t=1", ";",          ";;",     "a;'b",
        "x\n=1\r\n=2", "x\n;＝1"}) {
    std::string out;
    write_csv(out, {"one", "two"});
    write_csv(out, {"first", cell});
    const auto back = cells_of(out);
    ASSERT_EQ(back.size(), 2U) << out;
    EXPECT_EQ(without_guards(back[1][1]), cell) << out;
    const char first = back[1][1].empty() ? 'x' : back[1][1].front();
    EXPECT_FALSE(std::string_view("=+-@\t\r").contains(first)) << out;
    EXPECT_FALSE(back[1][1].starts_with("＝")) << out;
    for (const char* part : {";=", ";-", "; -", "\t@", "\t=", "\n=", ";＝"}) EXPECT_FALSE(back[1][1].contains(part)) << out;
  }
}

}  // namespace
}  // namespace carillon::api
