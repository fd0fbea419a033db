// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks: making them, finding them in a file that nobody flushed, and their bounds.
#include "trace/segment.hpp"

#include <algorithm>
#include <cstring>

#include <zstd.h>

#include "journal/frame.hpp"

namespace carillon::trace {

namespace {

constexpr int level = -1;                   ///< A call takes a kilobyte; with level 1 a quarter less, and more time.
constexpr std::size_t window_bytes = 4096;  ///< A search reads headers alone: most fit in that.
constexpr std::size_t crc_from = 8;         ///< What the header's own checksum covers.

template <class T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::int64_t micros(Instant at) {
  return at.time_since_epoch().count();
}

Instant instant(std::int64_t micros) {
  return Instant(Instant::duration(micros));
}

}  // namespace

void BlockBuilder::Release::operator()(ZSTD_CCtx_s* compressor) const {
  ZSTD_freeCCtx(compressor);
}

void BlockBuilder::add(const Item& item) {
  if (items_.empty()) first_at_ = last_at_ = item.at;
  first_at_ = std::min(first_at_, item.at);
  last_at_ = std::max(last_at_, item.at);
  append_item(items_, item);
  ++count_;
  const auto place = std::ranges::lower_bound(ids_, item.call);
  if (place == ids_.end() || *place != item.call) ids_.insert(place, item.call);
}

std::string BlockBuilder::take() {
  std::string body(ZSTD_compressBound(items_.size()), '\0');
  if (!compressor_) compressor_.reset(ZSTD_createCCtx());
  const std::size_t size = ZSTD_compressCCtx(compressor_.get(), body.data(), body.size(), items_.data(), items_.size(), level);
  body.resize(ZSTD_isError(size) != 0 ? 0 : size);
  std::string rest;
  put(rest, journal::crc32c(body));
  put(rest, static_cast<std::uint32_t>(ids_.size()));
  put(rest, static_cast<std::uint32_t>(body.size()));
  put(rest, static_cast<std::uint32_t>(items_.size()));
  put(rest, micros(first_at_));
  put(rest, micros(last_at_));
  for (const CallId& id : ids_) {
    put(rest, id.high);
    put(rest, id.low);
  }
  std::string block(block_magic);
  put(block, journal::crc32c(rest));
  block += rest;
  block += body;
  items_.clear();
  ids_.clear();
  count_ = 0;
  return block;
}

bool BlockHeader::holds(const CallId& call) const {
  return std::ranges::binary_search(ids, call);
}

/// Makes the window begin at `offset` with `least` bytes; false when the file has not as many.
Result<bool> SegmentReader::fill(std::uint64_t offset, std::size_t least) {
  const bool is_inside = offset >= window_at_ && offset - window_at_ <= window_.size();
  if (is_inside)
    window_.erase(0, static_cast<std::size_t>(offset - window_at_));
  else
    window_.clear();
  window_at_ = offset;
  while (window_.size() < least) {
    CARILLON_TRY(count, file_.read(offset + window_.size(), std::max(window_bytes, least - window_.size()), window_));
    if (count == 0) return false;
  }
  return true;
}

/// The header at the front of the window, which holds all of it. Nothing when that is none.
std::optional<BlockHeader> SegmentReader::read_header() const {
  const std::string_view bytes = window_;
  const auto ids = get<std::uint32_t>(bytes, 12);
  const std::size_t size = block_header + std::size_t{ids} * sizeof(CallId);
  if (get<std::uint32_t>(bytes, 4) != journal::crc32c(bytes.substr(crc_from, size - crc_from))) return std::nullopt;
  BlockHeader header{.offset = offset_ + size,
                     .body_bytes = get<std::uint32_t>(bytes, 16),
                     .items_bytes = get<std::uint32_t>(bytes, 20),
                     .body_crc = get<std::uint32_t>(bytes, 8),
                     .first_at = instant(get<std::int64_t>(bytes, 24)),
                     .last_at = instant(get<std::int64_t>(bytes, 32)),
                     .ids = {}};
  if (header.items_bytes > block_items_max || header.body_bytes > ZSTD_compressBound(block_items_max)) return std::nullopt;
  header.ids.reserve(ids);
  for (std::size_t at = block_header; at < size; at += sizeof(CallId))
    header.ids.push_back({get<std::uint64_t>(bytes, at), get<std::uint64_t>(bytes, at + 8)});
  return header;
}

Result<std::optional<BlockHeader>> SegmentReader::next() {
  bool is_damage = false;
  while (true) {
    CARILLON_TRY(is_there, fill(offset_, block_header));
    if (!is_there) return std::nullopt;
    const auto ids = get<std::uint32_t>(window_, 12);
    if (std::string_view(window_).starts_with(block_magic) && ids <= block_ids_max) {
      CARILLON_TRY(is_whole, fill(offset_, block_header + std::size_t{ids} * sizeof(CallId)));
      if (auto header = is_whole ? read_header() : std::nullopt) {
        offset_ = header->offset + header->body_bytes;
        return header;
      }
    }
    damaged_ += is_damage ? 0 : 1;
    is_damage = true;
    // The next place where a block may begin.
    const std::size_t found = window_.find(block_magic, 1);
    const std::size_t step = found != std::string::npos ? found : window_.size() - (block_magic.size() - 1);
    offset_ += step;
  }
}

Result<std::optional<std::string>> SegmentReader::read_items(const BlockHeader& block) {
  std::string body;
  while (body.size() < block.body_bytes) {
    CARILLON_TRY(count, file_.read(block.offset + body.size(), block.body_bytes - body.size(), body));
    if (count == 0) return std::nullopt;  // Torn off.
  }
  std::string items(block.items_bytes, '\0');
  if (journal::crc32c(body) == block.body_crc &&
      ZSTD_decompress(items.data(), items.size(), body.data(), body.size()) == items.size())
    return items;
  ++damaged_;
  return std::nullopt;
}

}  // namespace carillon::trace
