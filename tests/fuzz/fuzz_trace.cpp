// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a segment of traces: the reader comes to an end within the file. As items of a block: what is read can be written
// again, told and drawn. As a message: masking keeps its length, once and again.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "journal/file.hpp"
#include "trace/mask.hpp"
#include "trace/segment.hpp"
#include "trace/story.hpp"

namespace carillon::trace {
namespace {

void check_segment(std::string_view bytes) {
  static const int memory = ::memfd_create("segment", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(memory);
  CARILLON_ASSERT(::ftruncate(memory, 0) == 0);
  CARILLON_ASSERT(::pwrite(memory, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  auto file = journal::File::open(path, journal::File::Mode::read);
  CARILLON_ASSERT(file.has_value());
  SegmentReader reader(std::move(*file));
  std::uint64_t before = 0;
  while (true) {
    const auto block = reader.next();
    CARILLON_ASSERT(block.has_value());
    if (!*block) return;
    CARILLON_ASSERT((*block)->offset > before && (*block)->offset <= bytes.size());
    before = (*block)->offset;
    CARILLON_ASSERT(reader.read_items(**block).has_value());
  }
}

void check_items(std::string_view bytes) {
  std::vector<Item> items;
  while (const auto item = take_item(bytes)) {
    std::string written;
    append_item(written, *item);
    std::string_view rest = written;
    const auto again = take_item(rest);
    CARILLON_ASSERT(again && rest.empty() && again->text == item->text && again->call == item->call);
    items.push_back(*item);
  }
  for (const char c : draw_ladder(tell(items))) CARILLON_ASSERT(c == '\n' || (c >= ' ' && c <= '~'));
}

void check_mask(std::string_view bytes) {
  std::string masked(bytes);
  mask_secrets(masked);
  CARILLON_ASSERT(masked.size() == bytes.size());
  std::string again = masked;
  mask_secrets(again);
  CARILLON_ASSERT(again.size() == masked.size());
}

}  // namespace
}  // namespace carillon::trace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  carillon::trace::check_segment(bytes);
  carillon::trace::check_items(bytes);
  carillon::trace::check_mask(bytes);
  return 0;
}
