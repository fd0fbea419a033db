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

/// The same without the processor's instruction: what other processors run and tests compare with.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t seed = 0);

/// A frame on disk, little-endian: magic (4), payload length (4), CRC-32C of length and all that follows (4), type (1), three
/// zero bytes, sequence (8), payload. The magic begins with 0xff, which encode() keeps out of every text: so nothing that a peer
/// sent can look like a frame to a reader in search of the next sound one.
constexpr std::string_view frame_magic = "\xffJRN";
constexpr std::size_t frame_header = 24;
constexpr std::size_t max_payload = 2 << 20;
constexpr std::size_t max_frame = frame_header + max_payload;

struct Frame {
  Type type{};
  std::uint64_t sequence = 0;
  std::string_view payload;  ///< Points into the bytes it was read from.
};

/// Appends a frame: a record of a call, or a payload of any type. False, and nothing appended, when the payload
/// is longer than max_payload.
[[nodiscard]] bool append_frame(std::string& out, std::uint64_t sequence, const Record& record);
[[nodiscard]] bool append_frame(std::string& out, Type type, std::uint64_t sequence, std::string_view payload);

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
