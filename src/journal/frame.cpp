// SPDX-License-Identifier: GPL-3.0-or-later
// Frames: built around a payload, found again in a file that a crash or a bad disk may have hurt.
#include "journal/frame.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace carillon::journal {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = value;
  }
  return table;
}();

#if defined(__x86_64__)
[[gnu::target("sse4.2")]] std::uint32_t crc32c_hardware(std::string_view bytes, std::uint32_t seed) {
  std::uint64_t crc = ~seed;
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    crc = _mm_crc32_u64(crc, word);
    bytes.remove_prefix(8);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (const char c : bytes) rest = _mm_crc32_u8(rest, static_cast<unsigned char>(c));
  return ~rest;
}
#endif

void put_u32(char* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (8 * i) & 0xff);
}
std::uint64_t get_number(const char* at, int size) {
  std::uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

/// Of the length and of everything behind the checksum.
std::uint32_t checksum(std::string_view frame) {
  return crc32c(frame.substr(12), crc32c(frame.substr(4, 4)));
}

/// Room for the header; returns where the frame begins.
std::size_t begin_frame(std::string& out) {
  const std::size_t begin = out.size();
  out.append(frame_header, '\0');
  return begin;
}

/// Fills in the header; takes everything back when the payload is too long.
bool end_frame(std::string& out, std::size_t begin, Type type, std::uint64_t sequence) {
  const std::size_t length = out.size() - begin - frame_header;
  if (length > max_payload) {
    out.resize(begin);
    return false;
  }
  char* at = out.data() + begin;
  std::memcpy(at, frame_magic.data(), 4);
  put_u32(at + 4, static_cast<std::uint32_t>(length));
  at[12] = static_cast<char>(type);
  put_u32(at + 16, static_cast<std::uint32_t>(sequence));
  put_u32(at + 20, static_cast<std::uint32_t>(sequence >> 32));
  put_u32(at + 8, checksum(std::string_view(out).substr(begin)));
  return true;
}

/// The frame that begins the bytes, if they begin with a sound one.
std::optional<Frame> read_frame(std::string_view bytes) {
  if (bytes.size() < frame_header || !bytes.starts_with(frame_magic)) return std::nullopt;
  const std::uint64_t length = get_number(bytes.data() + 4, 4);
  if (length > max_payload || bytes.size() < frame_header + length) return std::nullopt;
  const std::string_view frame = bytes.substr(0, frame_header + length);
  if (get_number(frame.data() + 8, 4) != checksum(frame)) return std::nullopt;
  return Frame{static_cast<Type>(frame[12]), get_number(frame.data() + 16, 8), frame.substr(frame_header)};
}

}  // namespace

std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  for (const char c : bytes) crc = (crc >> 8) ^ crc_table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return crc32c_hardware(bytes, seed);
#endif
  return crc32c_portable(bytes, seed);
}

bool append_frame(std::string& out, std::uint64_t sequence, const Record& record) {
  const std::size_t begin = begin_frame(out);
  encode(record, out);
  return end_frame(out, begin, type_of(record), sequence);
}

bool append_frame(std::string& out, Type type, std::uint64_t sequence, std::string_view payload) {
  const std::size_t begin = begin_frame(out);
  out.append(payload);
  return end_frame(out, begin, type, sequence);
}

FrameScanner::Found FrameScanner::next() {
  const std::string_view rest = bytes_.substr(offset_);
  if (const auto frame = read_frame(rest)) {
    frame_ = *frame;
    offset_ += frame_header + frame->payload.size();
    return Found::frame;
  }
  for (std::size_t at = rest.find(frame_magic, 1); at != std::string_view::npos; at = rest.find(frame_magic, at + 1)) {
    if (!read_frame(rest.substr(at))) continue;
    skipped_ = at;
    offset_ += at;
    return Found::damage;
  }
  return Found::end;
}

}  // namespace carillon::journal
