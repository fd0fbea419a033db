// SPDX-License-Identifier: GPL-3.0-or-later
// What tests with real sockets stand on: a loop with its network, and a directory of their own.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <string>

#include "net/asio_network.hpp"

namespace carillon::test {

/// A directory that goes away with the test.
struct Directory {
  Directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "carillon-net-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::filesystem::path path;
};

/// A loop, its network and a way to turn until something is true (or five seconds have passed).
struct Station {
  net::AsioLoop loop;
  net::AsioNetwork network{loop};

  bool turn_until(const std::function<bool()>& done) {
    until_ = &done;
    // The loop's own time stands still while it does not run.
    give_up_at_ = system_monotonic_time() + 5s;
    check();
    loop.run();
    return done();
  }

 private:
  void check() {
    if ((*until_)() || system_monotonic_time() >= give_up_at_) return loop.stop();
    loop.timers().arm(timer_, loop.now() + 1ms);
  }
  const std::function<bool()>* until_ = nullptr;
  Monotonic give_up_at_{};
  Timer timer_{[](void* self) { static_cast<Station*>(self)->check(); }, this};
};

}  // namespace carillon::test
