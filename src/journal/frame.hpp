// SPDX-License-Identifier: GPL-3.0-or-later
// How records lie in a file: length, checksum, sequence, so that a torn tail is told from damage and neither is taken for data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/records.hpp"

namespace carillon::journal {

/// CRC-32C (Castagnoli), as in iSCSI.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

/// A frame on disk, little-endian: magic (4), payload length (4), CRC-32C of all that follows (4), type (1), three zero bytes,
/// sequence (8), payload.
constexpr std::uint32_t frame_magic = 0x314a4343;  // "CCJ1"
constexpr std::size_t frame_header = 24;
constexpr std::size_t max_payload = 4 << 20;

struct Frame {
  Type type{};
  std::uint64_t sequence = 0;
  std::string_view payload;  ///< Points into the bytes it was read from.
};

/// Appends a frame: a record of a call, a registration, or a payload of any type.
void append_frame(std::string& out, std::uint64_t sequence, const Record& record);
void append_frame(std::string& out, std::uint64_t sequence, const Registration& record);
void append_frame(std::string& out, Type type, std::uint64_t sequence, std::string_view payload);

/// Reads frames out of bytes, front to back.
class FrameScanner {
 public:
  enum class Found {
    frame,   ///< `frame()` is valid.
    damage,  ///< The bytes at hand are no frame, but a sound one follows later: `skipped()` bytes were passed over.
    end,     ///< Nothing more: all bytes were used, or what remains is the beginning of a frame or its ruins.
  };

  explicit FrameScanner(std::string_view bytes, std::size_t offset = 0) : bytes_(bytes), offset_(offset) {}
  Found next();
  const Frame& frame() const { return frame_; }
  std::size_t skipped() const { return skipped_; }
  /// Where the next frame begins: what follows has not been used.
  std::size_t offset() const { return offset_; }

 private:
  std::string_view bytes_;
  std::size_t offset_;
  std::size_t skipped_ = 0;
  Frame frame_;
};

}  // namespace carillon::journal
