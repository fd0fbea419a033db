// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a frame of the control channel: refused, or a message that survives being written and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "control/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = carillon::control::decode({reinterpret_cast<const char*>(data), size});
  if (message) CARILLON_ASSERT(carillon::control::decode(carillon::control::encode(*message)).has_value());
  return 0;
}
