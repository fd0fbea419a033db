// SPDX-License-Identifier: GPL-3.0-or-later
#include "outbound/stop_event.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/assert.hpp"

namespace carillon::outbound {

StopEvent::StopEvent() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CARILLON_ASSERT(descriptor_ >= 0);
}

StopEvent::~StopEvent() {
  close(descriptor_);
}

void StopEvent::set() {
  const std::uint64_t one = 1;
  CARILLON_ASSERT(write(descriptor_, &one, sizeof one) == sizeof one);
}

bool StopEvent::is_set() const {
  pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 0) > 0;
}

}  // namespace carillon::outbound
