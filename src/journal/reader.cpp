// SPDX-License-Identifier: GPL-3.0-or-later
// Reading while another process writes: a record counts once all of its bytes are there.
#include "journal/reader.hpp"

#include "journal/writer.hpp"

namespace carillon::journal {
namespace {

constexpr std::size_t read_at_once = 256 << 10;

}  // namespace

Result<std::optional<Reader::Item>> Reader::next() {
  while (true) {
    if (!file_.is_open()) {
      CARILLON_TRY(opened, open_segment());
      if (!opened) return std::nullopt;
    }
    if (auto item = scan(false)) return item;
    CARILLON_TRY(filled, refill());
    if (filled) continue;
    const bool is_wide = window_.size() - window_used_ >= 2 * max_frame;
    if (auto item = scan(true)) return item;
    if (is_wide) continue;

    std::error_code error;
    if (!std::filesystem::exists(directory_ / segment_name(at_.segment + 1), error)) return std::nullopt;
    // Its successor exists, so this one is finished; what came between the last look and the successor is still to be read.
    CARILLON_TRY(late, refill());
    if (late) continue;
    // Bytes left over now are the torn tail of a crash: they were never durable and nobody relied on them.
    file_ = File();
    at_ = {at_.segment + 1, 0};
  }
}

std::optional<Reader::Item> Reader::scan(bool judge) {
  FrameScanner scanner(window_, window_used_);
  const auto use = [&](std::size_t bytes) {
    at_.offset += bytes;
    window_used_ += bytes;
  };
  while (true) {
    const FrameScanner::Found found = scanner.next();
    if (found == FrameScanner::Found::damage && judge) {
      damaged_bytes_ += scanner.skipped();
      use(scanner.skipped());
      continue;
    }
    if (found != FrameScanner::Found::frame) break;
    const Frame& frame = scanner.frame();
    const Position begin = at_;
    use(frame_header + frame.payload.size());
    if (frame.type < Type::setup || frame.type > Type::ended) continue;
    auto record = decode(frame.type, frame.payload);
    if (record) return Item{std::move(*record), frame.sequence, begin, at_};
    ++bad_records_;
  }
  const std::size_t left = window_.size() - window_used_;
  if (judge && left >= 2 * max_frame) {
    // Nothing sound begins in the first half: a frame that did would lie within the window.
    damaged_bytes_ += left - max_frame;
    use(left - max_frame);
  }
  return std::nullopt;
}

Result<bool> Reader::refill() {
  if (window_.size() - window_used_ >= 2 * max_frame) return false;
  window_.erase(0, window_used_);
  window_used_ = 0;
  CARILLON_TRY(got, file_.read(at_.offset + window_.size(), read_at_once, window_));
  return got > 0;
}

Result<bool> Reader::open_segment() {
  std::error_code error;
  if (!std::filesystem::exists(directory_ / segment_name(at_.segment), error)) {
    CARILLON_TRY(numbers, list_segments(directory_));
    const auto next = std::ranges::lower_bound(numbers, at_.segment);
    if (next == numbers.end()) return false;
    at_ = {*next, 0};
  }
  CARILLON_TRY(file, File::open(directory_ / segment_name(at_.segment), File::Mode::read));
  file_ = std::move(file);
  window_.clear();
  window_used_ = 0;
  return true;
}

}  // namespace carillon::journal
