// SPDX-License-Identifier: GPL-3.0-or-later
// Which kind it is, and how large, by the first bytes alone; the rest is the libraries'.
#include "image/redraw.hpp"

#include <memory>
#include <vector>

#include <png.h>
#include <turbojpeg.h>

namespace carillon::image {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view png_begin = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"sv;
constexpr std::string_view jpeg_begin = "\xff\xd8\xff"sv;

bool fits(std::uint32_t width, std::uint32_t height) {
  return width > 0 && height > 0 && width <= side_max && height <= side_max;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// Frees what libpng keeps of a picture, however it ends.
struct PngImage {
  png_image image{};
  PngImage() { image.version = PNG_IMAGE_VERSION; }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  ~PngImage() { png_image_free(&image); }
};

Result<Picture> redraw_png(std::string_view bytes) {
  if (bytes.size() < png_begin.size() + 8) return failure(Fault::broken);
  // Before libpng sees any of it: it reads profiles and palettes on the way to the pixels.
  if (!fits(number_at(bytes, png_begin.size()), number_at(bytes, png_begin.size() + 4))) return failure(Fault::too_wide);
  PngImage in;
  if (png_image_begin_read_from_memory(&in.image, bytes.data(), bytes.size()) == 0) return failure(Fault::broken);
  if (!fits(in.image.width, in.image.height)) return failure(Fault::too_wide);
  // Eight bits a channel; colour and transparency where the original has them.
  in.image.format &= PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(in.image));
  const std::uint32_t width = in.image.width, height = in.image.height, format = in.image.format;
  if (png_image_finish_read(&in.image, nullptr, pixels.data(), 0, nullptr) == 0) return failure(Fault::broken);
  PngImage out;
  out.image.width = width;
  out.image.height = height;
  out.image.format = format;
  Picture picture{.format = Format::png, .bytes = std::string(bytes_max, '\0')};
  png_alloc_size_t size = picture.bytes.size();
  if (png_image_write_to_memory(&out.image, picture.bytes.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
    return failure(Fault::too_large);
  picture.bytes.resize(size);
  return picture;
}

struct CloseJpeg {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Jpeg = std::unique_ptr<void, CloseJpeg>;

Result<Picture> redraw_jpeg(std::string_view bytes) {
  constexpr int quality = 90;
  const Jpeg reader(tjInitDecompress()), writer(tjInitCompress());
  if (!reader || !writer) return failure(Fault::broken);
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0, height = 0, sampling = 0, colors = 0;
  if (tjDecompressHeader3(reader.get(), in, bytes.size(), &width, &height, &sampling, &colors) != 0)
    return failure(Fault::broken);
  if (width < 0 || height < 0 || !fits(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)))
    return failure(Fault::too_wide);
  const bool is_gray = colors == TJCS_GRAY;
  const bool is_known = is_gray || colors == TJCS_YCbCr || colors == TJCS_RGB;
  if (!is_known) return failure(Fault::broken, "CMYK is for printers");
  const int format = is_gray ? TJPF_GRAY : TJPF_RGB;
  std::vector<unsigned char> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * (is_gray ? 1 : 3));
  // A picture that ends too early is none; nor is one that wants to be gone over hundreds of times.
  constexpr int strict = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
  if (tjDecompress2(reader.get(), in, bytes.size(), pixels.data(), width, 0, height, format, strict) != 0)
    return failure(Fault::broken);
  const int out_sampling = is_gray ? TJSAMP_GRAY : TJSAMP_444;
  std::string made(tjBufSize(width, height, out_sampling), '\0');
  auto* out = reinterpret_cast<unsigned char*>(made.data());
  unsigned long size = made.size();
  if (tjCompress2(writer.get(), pixels.data(), width, 0, height, format, &out, &size, out_sampling, quality, TJFLAG_NOREALLOC) !=
      0)
    return failure(Fault::broken);
  if (size > bytes_max) return failure(Fault::too_large);
  made.resize(size);
  return Picture{.format = Format::jpeg, .bytes = std::move(made)};
}

}  // namespace

Result<Picture> redraw(std::string_view bytes) {
  if (bytes.size() > bytes_max) return failure(Fault::too_large);
  if (bytes.starts_with(png_begin)) return redraw_png(bytes);
  if (bytes.starts_with(jpeg_begin)) return redraw_jpeg(bytes);
  return failure(Fault::not_a_picture);
}

}  // namespace carillon::image
