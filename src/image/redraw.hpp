// SPDX-License-Identifier: GPL-3.0-or-later
// A picture from outside, decoded and written anew: no comment, no profile, no trailing bytes and no trick of the original
// survives. What is no PNG or JPEG is refused, SVG first of all: it is a program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace carillon::image {

enum class Fault {
  not_a_picture,  ///< Neither PNG nor JPEG.
  too_large,      ///< Too many bytes, before or after.
  too_wide,       ///< Too many pixels.
  broken          ///< It ends too early, or contradicts itself.
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"image.not_a_picture", "image.too_large", "image.too_wide", "image.broken"};
  return names[static_cast<std::size_t>(fault)];
}

constexpr std::size_t bytes_max = 1024 * 1024;  ///< In, and out.
constexpr std::uint32_t side_max = 2048;        ///< Pixels.

enum class Format : std::uint8_t { png, jpeg };
constexpr std::string_view media_type(Format format) {
  return format == Format::png ? "image/png" : "image/jpeg";
}

struct Picture {
  Format format = Format::png;
  std::string bytes;
};

/// Takes some 64 MiB of memory at most beside what comes in and goes out, and on the order of a second: for worker threads.
Result<Picture> redraw(std::string_view bytes);

}  // namespace carillon::image
