// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: another form than JSON goes to those alone who would rather have it.
#include "api/accepted.hpp"

namespace carillon::api {
namespace {

TEST(Accepted, IsTheOtherFormWhereItIsWanted) {
  for (const char* accept : {"text/csv", "text/csv, */*", "text/csv,application/json", "text/csv; charset=utf-8", "TEXT/CSV",
                             " text/csv ; header=present ", "application/json;q=0.5, text/csv", "text/*, application/json;q=0.9",
                             "text/csv;q=0.2", "*/*;q=0.1, text/csv;q=0.2"})
    EXPECT_TRUE(wants_rather(accept, "text/csv")) << accept;
}

TEST(Accepted, IsJsonForAllOthers) {
  for (const char* accept : {"", "*/*", "application/json", "application/json, text/csv", "application/json, text/csv, */*",
                             "text/csv;q=0", "text/csv;q=0.5, application/json", "text/csv;q=0.5, */*", "text/plain", "text", "/",
                             ",,;;=,", "text/csvx", "xtext/csv", "application/json, text/*", "text/csv;q=0.000"})
    EXPECT_FALSE(wants_rather(accept, "text/csv")) << accept;
}

TEST(Accepted, AWeightThatIsNoneIsWhole) {
  for (const char* accept : {"text/csv;q=", "text/csv;q=x", "text/csv;q=0.1234", "text/csv;q=-1", "text/csv;q=1.5"})
    EXPECT_TRUE(wants_rather(accept, "text/csv")) << accept;
}

}  // namespace
}  // namespace carillon::api
