// SPDX-License-Identifier: GPL-3.0-or-later
// A segment is a file of compressed blocks, each with the ids of the calls in it in front: whoever looks for one call reads the
// ids and decompresses only what holds it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "journal/file.hpp"
#include "trace/item.hpp"

struct ZSTD_CCtx_s;  ///< zstd's.

namespace carillon::trace {

/// On disk, little-endian: magic (4), CRC-32C of the rest of the header (4), CRC-32C of the body (4), ids (4), bytes of the body
/// (4), bytes of the items in it (4), time of the first and the last item in microseconds (8 each), the ids in order (16 each);
/// then the body, one zstd frame of items.
constexpr std::string_view block_magic = "\xffTR2";  ///< Of older ones nobody knows who may read what: they are passed over.
constexpr std::size_t block_header = 40;
constexpr std::size_t block_ids_max = 4096;
constexpr std::size_t block_items_max = 1 << 20;  ///< Bytes.

/// Collects items until they are worth a block.
class BlockBuilder {
 public:
  void add(const Item& item);
  bool is_empty() const { return items_.empty(); }
  /// It should be taken now.
  bool is_full() const { return items_.size() >= block_items_max / 4 || ids_.size() >= block_ids_max; }
  Instant first_at() const { return first_at_; }
  Instant last_at() const { return last_at_; }
  std::size_t item_count() const { return count_; }
  /// The block, ready to be written; begins the next.
  std::string take();

 private:
  struct Release {
    void operator()(ZSTD_CCtx_s* compressor) const;
  };

  std::string items_;
  std::unique_ptr<ZSTD_CCtx_s, Release> compressor_;  ///< Made once: its tables are large.
  std::vector<CallId> ids_;                           ///< In order.
  Instant first_at_{};
  Instant last_at_{};
  std::size_t count_ = 0;
};

/// What stands in front of a block.
struct BlockHeader {
  std::uint64_t offset = 0;  ///< Of the body in its file.
  std::uint32_t body_bytes = 0;
  std::uint32_t items_bytes = 0;
  std::uint32_t body_crc = 0;
  Instant first_at{};
  Instant last_at{};
  std::vector<CallId> ids;
  bool holds(const CallId& call) const;
};

/// Goes through a segment from front to back. What is damaged is passed over; a torn tail is the end.
class SegmentReader {
 public:
  explicit SegmentReader(journal::File file) : file_(std::move(file)) {}
  /// Nothing at the end. Errors: those of reading the file.
  Result<std::optional<BlockHeader>> next();
  /// The items of a block. Nothing when the body is damaged.
  Result<std::optional<std::string>> read_items(const BlockHeader& block);
  std::size_t damaged() const { return damaged_; }

 private:
  Result<bool> fill(std::uint64_t offset, std::size_t least);
  std::optional<BlockHeader> read_header() const;

  journal::File file_;
  std::uint64_t offset_ = 0;
  std::string window_;  ///< Of the file, from window_at_ on.
  std::uint64_t window_at_ = 0;
  std::size_t damaged_ = 0;
};

}  // namespace carillon::trace
