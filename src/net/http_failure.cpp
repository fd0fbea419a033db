// SPDX-License-Identifier: GPL-3.0-or-later
// A short table of words and one line of JSON.
#include "net/http_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace carillon::net {

namespace {

struct Words {
  unsigned status;
  std::string_view code;
  std::string_view title;
};

constexpr std::array<Words, 7> all_words = {{
    {400, "bad_request", "Bad request"},
    {408, "request_timeout", "Request timeout"},
    {413, "too_large", "Too large"},
    {431, "headers_too_large", "Headers too large"},
    {503, "busy", "Busy"},
    {504, "no_answer", "No answer in time"},
    {500, "internal", "Internal error"},
}};

}  // namespace

HttpResponse http_failure(unsigned status) {
  const auto found = std::ranges::find(all_words, status, &Words::status);
  const Words& words = found == all_words.end() ? all_words.back() : *found;
  return {.status = words.status,
          .headers = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
          .body = fmt::format(R"({{"type":"about:blank","title":"{}","status":{},"code":"http.{}"}})", words.title, words.status,
                              words.code)};
}

}  // namespace carillon::net
