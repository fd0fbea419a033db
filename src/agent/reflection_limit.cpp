// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/reflection_limit.hpp"

#include <string_view>
#include <utility>

namespace carillon::agent {

namespace {

constexpr std::string_view optional[] = {"Allow: ", "Content-Length: "};
constexpr std::pair<std::string_view, std::string_view> compact[] = {
    {"Via: ", "v:"}, {"From: ", "f:"}, {"To: ", "t:"}, {"Call-ID: ", "i:"}};

void leave_out(std::string& answer, std::string_view name) {
  const std::size_t at = answer.find("\r\n" + std::string(name));
  if (at != std::string::npos) answer.erase(at, answer.find("\r\n", at + 2) - at);
}

void shorten_names(std::string& answer) {
  for (const auto& [name, short_name] : compact) {
    const std::string line = "\r\n" + std::string(name);
    for (std::size_t at = answer.find(line); at != std::string::npos; at = answer.find(line, at + 2))
      answer.replace(at + 2, name.size(), short_name);
  }
}

}  // namespace

bool limit_reflection(std::string& answer, std::size_t request_bytes) {
  const std::size_t most = request_bytes + request_bytes / 2;
  for (std::string_view name : optional) {
    if (answer.size() <= most) return true;
    leave_out(answer, name);
  }
  if (answer.size() > most) shorten_names(answer);
  return answer.size() <= most;
}

}  // namespace carillon::agent
