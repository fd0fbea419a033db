// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a journal segment: the scanner comes to an end, and what it takes for a frame decodes to a record or is refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "journal/frame.hpp"
#include "journal/records.hpp"

namespace carillon::journal {
namespace {

void check_frames(std::string_view bytes) {
  FrameScanner scanner(bytes);
  std::size_t before = 0;
  while (scanner.next() != FrameScanner::Found::end) {
    CARILLON_ASSERT(scanner.offset() > before && scanner.offset() <= bytes.size());
    before = scanner.offset();
    static_cast<void>(decode(scanner.frame().type, scanner.frame().payload));
  }
}

/// What was written and read once more is the same; the first writing may leave something out, the second may not.
template <class T>
bool is_the_same(const T& before, const Result<T>& after) {
  if (!after) return false;
  std::string first, second;
  encode(before, first);
  encode(*after, second);
  return first == second;
}

/// The first byte as a type, the rest as its payload: what a checksum would keep a fuzzer from ever reaching.
void check_payload(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto type = static_cast<Type>(bytes[0]);
  bytes.remove_prefix(1);
  if (const auto registration = decode_registration(bytes)) {
    std::string written;
    encode(*registration, written);
    CARILLON_ASSERT(is_the_same(*registration, decode_registration(written)));
  }
  const auto record = decode(type, bytes);
  if (!record) return;
  std::string written;
  encode(*record, written);
  const auto again = decode(type, written);
  CARILLON_ASSERT(is_the_same(*record, again));
}

}  // namespace
}  // namespace carillon::journal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  carillon::journal::check_frames(bytes);
  carillon::journal::check_payload(bytes);
  return 0;
}
