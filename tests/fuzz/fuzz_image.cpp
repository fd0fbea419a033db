// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a picture: it is refused, or what comes out is a picture of the same kind that comes out again, within the bounds.
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "image/redraw.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::image;
  const auto made = redraw({reinterpret_cast<const char*>(data), size});
  if (!made) return 0;
  CARILLON_ASSERT(!made->bytes.empty() && made->bytes.size() <= bytes_max);
  const auto again = redraw(made->bytes);
  CARILLON_ASSERT(again ? again->format == made->format : again.error().is(Fault::too_large));
  return 0;
}
