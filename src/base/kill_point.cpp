// SPDX-License-Identifier: GPL-3.0-or-later
// The hook of whole processes: counts the passes of a point and ends with SIGKILL, as if from outside.
#include "base/kill_point.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace carillon {

KillHook kill_hook = nullptr;

namespace {

/// One of those that are to come, in their order.
struct Death {
  std::string point;
  std::atomic<long> passes_left{1};
};

struct Plan {
  std::deque<Death> deaths;
  std::string file;  ///< Of those that were, of all processes.
};

Plan& plan() {
  static Plan only;
  return only;
}

/// Which death comes next; none while whoever plans them holds it back.
std::optional<std::size_t> next_turn() {
  if (plan().file.empty()) return 0;
  std::size_t deaths = 0;
  std::size_t allowed = 0;
  std::ifstream file(plan().file);
  for (std::string line; std::getline(file, line);) ++(line == "go" ? allowed : deaths);
  return deaths < allowed ? std::optional(deaths) : std::nullopt;
}

/// The file is not flushed to disk: it outlives the process, and the machine goes on.
void die(const Death& death) {
  if (!plan().file.empty()) {
    const std::string line = death.point + "\n";
    const int file = open(plan().file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, line.data(), line.size()) < 0) return;  // It would die in every life.
  }
  raise(SIGKILL);
}

void pass(std::string_view point) {
  std::deque<Death>& deaths = plan().deaths;
  if (std::ranges::find(deaths, point, &Death::point) == deaths.end()) return;
  const std::optional<std::size_t> turn = next_turn();
  if (!turn || *turn >= deaths.size() || deaths[*turn].point != point) return;
  if (deaths[*turn].passes_left.fetch_sub(1) == 1) die(deaths[*turn]);
}

std::string text_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : value;
}

}  // namespace

void arm_kill_points() {
  const std::string wanted = text_of("CARILLON_KILL_AT");
  plan().file = text_of("CARILLON_KILLED");
  for (std::size_t begin = 0; begin < wanted.size();) {
    const std::size_t end = std::min(wanted.find(',', begin), wanted.size());
    const std::string each = wanted.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t colon = std::min(each.find(':'), each.size());
    Death& death = plan().deaths.emplace_back();
    death.point = each.substr(0, colon);
    long passes = 1;
    if (colon < each.size()) std::from_chars(each.data() + colon + 1, each.data() + each.size(), passes);
    death.passes_left = passes;
  }
  if (!plan().deaths.empty()) kill_hook = &pass;
}

}  // namespace carillon
