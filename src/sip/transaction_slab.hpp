// SPDX-License-Identifier: GPL-3.0-or-later
// Where transactions live: pooled cells that never move (their timers must not), found by handle or by hash, at most so many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "base/assert.hpp"
#include "sip/transaction.hpp"

namespace carillon::sip {

/// Cells for T (a Transaction) in chunks, with one chain per hash bucket. Chunks are made when needed and kept.
template <class T>
class TransactionSlab {
 public:
  /// `first_generation` is 1 or 2: generations grow by two, so that a handle of one slab never fits the other.
  TransactionSlab(std::uint32_t size_max, std::uint32_t first_generation)
      : size_max_(size_max), first_generation_(first_generation), buckets_(buckets_for(size_max), none) {}
  TransactionSlab(const TransactionSlab&) = delete;
  TransactionSlab& operator=(const TransactionSlab&) = delete;
  ~TransactionSlab() {
    for_each([this](T& item) { destroy(item); });
  }

  std::size_t size() const { return size_; }

  /// Null when the slab is full.
  T* make(TransactionTable& table, std::uint64_t hash) {
    if (size_ == size_max_) return nullptr;
    if (free_ == none) grow();
    const std::uint32_t slot = free_;
    Cell& cell = at(slot);
    free_ = cell.next_free;
    T* item = ::new (static_cast<void*>(cell.bytes)) T(table, TransactionId{slot, cell.generation});
    cell.is_used = true;
    item->hash_ = hash;
    std::uint32_t& head = bucket(hash);
    item->next_in_bucket_ = head;
    head = slot;
    ++size_;
    return item;
  }

  T* find(TransactionId id) {
    if (!id || id.slot >= chunks_.size() * chunk_size) return nullptr;
    Cell& cell = at(id.slot);
    return cell.is_used && cell.generation == id.generation ? cell.item() : nullptr;
  }

  /// The first of that hash for which `is_it` holds.
  template <class Predicate>
  T* find(std::uint64_t hash, Predicate is_it) {
    for (std::uint32_t slot = bucket(hash); slot != none;) {
      T* item = at(slot).item();
      if (item->hash_ == hash && is_it(*item)) return item;
      slot = item->next_in_bucket_;
    }
    return nullptr;
  }

  template <class Action>
  void for_each(Action action) {
    for (std::uint32_t slot = 0; slot < chunks_.size() * chunk_size; ++slot) {
      if (Cell& cell = at(slot); cell.is_used) action(*cell.item());
    }
  }

  void remove(T& item) {
    std::uint32_t* link = &bucket(item.hash_);
    while (*link != item.id_.slot) {
      CARILLON_ASSERT(*link != none);
      link = &at(*link).item()->next_in_bucket_;
    }
    *link = item.next_in_bucket_;
    destroy(item);
  }

 private:
  static constexpr std::uint32_t none = 0xffffffff;
  static constexpr std::uint32_t chunk_size = 256;
  struct Cell {
    alignas(T) std::byte bytes[sizeof(T)];
    std::uint32_t generation = 0;
    std::uint32_t next_free = none;
    bool is_used = false;
    T* item() { return std::launder(reinterpret_cast<T*>(bytes)); }
  };

  /// As many as there may be items, so that chains stay short and nothing is ever rehashed.
  static std::size_t buckets_for(std::uint32_t size_max) {
    std::size_t buckets = 64;
    while (buckets < size_max) buckets *= 2;
    return buckets;
  }
  std::uint32_t& bucket(std::uint64_t hash) { return buckets_[hash & (buckets_.size() - 1)]; }
  Cell& at(std::uint32_t slot) { return chunks_[slot / chunk_size][slot % chunk_size]; }

  void grow() {
    const auto first = static_cast<std::uint32_t>(chunks_.size()) * chunk_size;
    chunks_.push_back(std::make_unique<Cell[]>(chunk_size));
    for (std::uint32_t slot = first + chunk_size; slot-- > first;) {
      at(slot).next_free = free_;
      at(slot).generation = first_generation_;
      free_ = slot;
    }
  }

  void destroy(T& item) {
    const std::uint32_t slot = item.id_.slot;
    item.~T();
    Cell& cell = at(slot);
    cell.is_used = false;
    cell.generation += 2;
    if (cell.generation < first_generation_) cell.generation = first_generation_;  // Wrapped; 0 means none.
    cell.next_free = free_;
    free_ = slot;
    --size_;
  }

  std::uint32_t size_max_;
  std::uint32_t first_generation_;
  std::size_t size_ = 0;
  std::uint32_t free_ = none;
  std::vector<std::unique_ptr<Cell[]>> chunks_;
  std::vector<std::uint32_t> buckets_;
};

}  // namespace carillon::sip
