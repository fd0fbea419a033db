// SPDX-License-Identifier: GPL-3.0-or-later
// Memory for coroutine frames: free lists by size, one set a thread, because a call makes and drops dozens of frames of the same
// few sizes on its shard's thread.
#include "base/frame.hpp"

#include <array>
#include <memory>
#include <new>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CARILLON_PLAIN_FRAMES  // Else the sanitizers would not see a frame that is used after it is gone.
#endif
#endif

namespace carillon {
namespace {

#ifndef CARILLON_PLAIN_FRAMES
constexpr std::size_t step = 64;
constexpr std::size_t largest = 2048;
constexpr std::size_t chunk_size = 64 * 1024;

class FrameSlab {
 public:
  void* take(std::size_t size_class) {
    Free*& head = free_[size_class];
    if (head == nullptr) refill(size_class);
    return std::exchange(head, head->next);
  }
  void give(void* block, std::size_t size_class) { free_[size_class] = new (block) Free{free_[size_class]}; }

 private:
  struct Free {
    Free* next;
  };
  struct alignas(step) Chunk {
    std::array<std::byte, chunk_size> bytes;
  };

  void refill(std::size_t size_class) {
    const std::size_t size = (size_class + 1) * step;
    chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
    for (std::size_t offset = 0; offset + size <= chunk_size; offset += size)
      give(chunks_.back()->bytes.data() + offset, size_class);
  }

  std::array<Free*, largest / step> free_{};
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

thread_local FrameSlab slab;
#endif

}  // namespace

void* Frame::operator new(std::size_t size) {
#ifndef CARILLON_PLAIN_FRAMES
  if (size <= largest) return slab.take((size - 1) / step);
#endif
  return ::operator new(size);
}

void Frame::operator delete(void* block, std::size_t size) noexcept {
#ifndef CARILLON_PLAIN_FRAMES
  if (size <= largest) return slab.give(block, (size - 1) / step);
#endif
  ::operator delete(block, size);
}

}  // namespace carillon
