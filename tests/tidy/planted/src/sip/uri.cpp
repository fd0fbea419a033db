// SPDX-License-Identifier: GPL-3.0-or-later
#include <string>
#include "sip/uri.hpp"
#include <regex>

// rfc3261 section 9
int unsafe(const char* text) {
  std::mutex lock;
  auto now = std::chrono::system_clock::now();
  try {
    return atoi(text);
  } catch (...) {
  }
  // return parse(1, 2);
  return dynamic_cast<int*>(nullptr) ? 1 : time(nullptr);  // TODO later
}
