// SPDX-License-Identifier: GPL-3.0-or-later
// The hook of whole processes: counts the passes of one point and ends with SIGKILL, as if from outside.
#include "base/kill_point.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <unistd.h>

namespace carillon {

KillHook kill_hook = nullptr;

namespace {

struct Death {
  std::string point;
  std::atomic<long> passes_left{1};
  std::string file;
};

Death& death() {
  static Death only;
  return only;
}

/// Not flushed to disk: the file outlives the process, and the machine goes on.
void die() {
  const Death& mine = death();
  if (!mine.file.empty()) {
    const std::string line = mine.point + "\n";
    const int file = open(mine.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, line.data(), line.size()) < 0) return;  // It would die in every life.
  }
  raise(SIGKILL);
}

std::string text_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : value;
}

}  // namespace

void arm_kill_points() {
  std::string wanted = text_of("CARILLON_KILL_AT");
  if (wanted.empty()) return;
  death().file = text_of("CARILLON_KILLED");
  std::ifstream deaths(death().file);
  auto lives = std::count(std::istreambuf_iterator<char>(deaths), std::istreambuf_iterator<char>(), '\n');
  for (; lives > 0 && !wanted.empty(); --lives) wanted.erase(0, std::min(wanted.find(','), wanted.size() - 1) + 1);
  wanted = wanted.substr(0, wanted.find(','));
  if (wanted.empty()) return;
  const std::size_t colon = wanted.find(':');
  death().point = wanted.substr(0, colon);
  long passes = 1;
  if (colon != std::string::npos) std::from_chars(wanted.data() + colon + 1, wanted.data() + wanted.size(), passes);
  death().passes_left = passes;
  kill_hook = [](std::string_view point) {
    if (point == death().point && death().passes_left.fetch_sub(1) == 1) die();
  };
}

}  // namespace carillon
