// SPDX-License-Identifier: GPL-3.0-or-later
// How one thread tells another that waits for somebody else's server to wait no longer.
#pragma once

namespace carillon::outbound {

/// Set once, from any thread, and never taken back.
class StopEvent {
 public:
  StopEvent();
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;
  ~StopEvent();

  void set();
  bool is_set() const;

 private:
  int descriptor_;  ///< An eventfd: the kernel does what threads would need an atomic for.
};

}  // namespace carillon::outbound
