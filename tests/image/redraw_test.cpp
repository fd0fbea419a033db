// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a picture comes out as a picture and nothing else, and what pretends to be one is refused before it costs anything.
#include "image/redraw.hpp"

#include <gtest/gtest.h>
#include <png.h>
#include <turbojpeg.h>

namespace carillon::image {
namespace {

std::string png_of(std::uint32_t width, std::uint32_t height, std::uint32_t format = PNG_FORMAT_RGBA) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7);
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr), 0) << image.message;
  bytes.resize(size);
  return bytes;
}

std::string jpeg_of(int width, int height, int format = TJPF_RGB) {
  std::vector<unsigned char> pixels(static_cast<std::size_t>(width * height * tjPixelSize[format]), 0x55);
  tjhandle writer = tjInitCompress();
  unsigned char* made = nullptr;
  unsigned long size = 0;
  const int sampling = format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_420;
  EXPECT_EQ(tjCompress2(writer, pixels.data(), width, 0, height, format, &made, &size, sampling, 80, 0), 0);
  std::string bytes(reinterpret_cast<char*>(made), size);
  tjFree(made);
  tjDestroy(writer);
  return bytes;
}

/// A comment where a reader passes over it: behind the head of a PNG, behind the first marker of a JPEG.
std::string with_png_text(const std::string& png) {
  const std::string body = "tEXt" + std::string("Comment\0<?php system('id');", 27);
  std::uint32_t crc = 0xffffffff;
  for (const char c : body) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  crc = ~crc;
  std::string chunk{'\0', '\0', '\0', static_cast<char>(body.size() - 4)};
  chunk += body;
  for (int shift = 24; shift >= 0; shift -= 8) chunk += static_cast<char>(crc >> shift);
  constexpr std::size_t head = 8 + 25;
  return png.substr(0, head) + chunk + png.substr(head);
}

bool is_fault(std::string_view bytes, Fault fault) {
  const auto made = redraw(bytes);
  return !made && made.error().is(fault);
}

TEST(Redraw, KeepsThePixelsOfAPng) {
  constexpr std::uint32_t formats[] = {PNG_FORMAT_RGBA, PNG_FORMAT_RGB, PNG_FORMAT_GRAY, PNG_FORMAT_GA};
  for (const std::uint32_t format : formats) {
    const auto made = redraw(png_of(31, 17, format));
    ASSERT_TRUE(made) << format;
    EXPECT_EQ(made->format, Format::png);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    ASSERT_NE(png_image_begin_read_from_memory(&image, made->bytes.data(), made->bytes.size()), 0);
    EXPECT_EQ(image.width, 31U);
    EXPECT_EQ(image.height, 17U);
    EXPECT_EQ(image.format, format);
    png_image_free(&image);
    const auto again = redraw(made->bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->bytes, made->bytes);
  }
}

TEST(Redraw, KeepsAJpegAJpeg) {
  for (const int format : {TJPF_RGB, TJPF_GRAY}) {
    const auto made = redraw(jpeg_of(40, 30, format));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->format, Format::jpeg);
    EXPECT_TRUE(made->bytes.starts_with("\xff\xd8\xff"));
    EXPECT_TRUE(made->bytes.ends_with("\xff\xd9"));
  }
}

TEST(Redraw, LeavesOutWhatIsNoPixel) {
  const std::string evil = "<?php system('id'); ?><html><script>alert(1)</script>";
  for (const std::string& bytes :
       {png_of(8, 8) + evil, with_png_text(png_of(8, 8)), jpeg_of(8, 8) + evil,
        "\xff\xd8\xff\xfe" + std::string("\0\x1b", 2) + "<?php system('id'); ?>!!!" + jpeg_of(8, 8).substr(2)}) {
    const auto made = redraw(bytes);
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_FALSE(made->bytes.contains("php") || made->bytes.contains("script"));
  }
}

TEST(Redraw, RefusesWhatIsNoPicture) {
  using namespace std::string_view_literals;
  for (const std::string_view bytes :
       {""sv, "x"sv, "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff;"sv, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"sv,
        "<?xml version=\"1.0\"?><svg/>"sv, "RIFF\x1a\0\0\0WEBPVP8L"sv, "BM"sv, "\x89PNG"sv, "\xff\xd8"sv, "PK\x03\x04"sv})
    EXPECT_TRUE(is_fault(bytes, Fault::not_a_picture)) << bytes;
}

TEST(Redraw, LooksAtTheSizeFirst) {
  EXPECT_TRUE(redraw(png_of(1, side_max)));
  EXPECT_TRUE(redraw(jpeg_of(side_max, 1)));
  EXPECT_TRUE(is_fault(png_of(1, 60'000), Fault::too_wide));
  EXPECT_TRUE(is_fault(png_of(side_max + 1, 1), Fault::too_wide));
  EXPECT_TRUE(is_fault(jpeg_of(1, 60'000), Fault::too_wide));
  EXPECT_TRUE(is_fault(jpeg_of(side_max + 1, 1), Fault::too_wide));
  // A head that says so is enough: there is nothing behind it.
  for (const char* sides : {"\x7f\xff\xff\xff\x7f\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff"})
    EXPECT_TRUE(is_fault(png_of(8, 8).substr(0, 16) + std::string(sides, 8), Fault::too_wide));
  EXPECT_TRUE(is_fault(png_of(8, 8).substr(0, 16) + std::string(8, '\0'), Fault::too_wide));
  EXPECT_TRUE(is_fault(png_of(8, 8) + std::string(bytes_max, 'x'), Fault::too_large));
}

TEST(Redraw, RefusesWhatEndsTooEarlyOrContradictsItself) {
  for (const std::string& whole : {png_of(20, 20), jpeg_of(20, 20)}) {
    for (std::size_t size = 0; size + 20 < whole.size(); size += 3) EXPECT_FALSE(redraw(whole.substr(0, size))) << size;
    // Any byte may be another: whatever comes of it, it is a picture or none.
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x5a);
      const auto made = redraw(bytes);
      if (made) EXPECT_TRUE(redraw(made->bytes));
    }
  }
}

TEST(Redraw, RefusesWhatBecomesTooLarge) {
  // Noise in a palette is small; written without one it is not.
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = 1000;
  image.height = 1000;
  image.format = PNG_FORMAT_RGB_COLORMAP;
  image.colormap_entries = 256;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image)), colors(PNG_IMAGE_COLORMAP_SIZE(image));
  std::uint32_t state = 1;
  const auto noise = [&] { return static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24); };
  for (std::uint8_t& pixel : pixels) pixel = noise();
  for (std::uint8_t& color : colors) color = noise();
  std::string bytes(bytes_max, '\0');
  png_alloc_size_t size = bytes.size();
  ASSERT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, colors.data()), 0) << image.message;
  bytes.resize(size);
  EXPECT_TRUE(is_fault(bytes, Fault::too_large));
}

}  // namespace
}  // namespace carillon::image
