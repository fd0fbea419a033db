// SPDX-License-Identifier: GPL-3.0-or-later
// Reading while another process writes: a record counts once all of its bytes are there.
#include "journal/reader.hpp"

#include "journal/writer.hpp"

namespace carillon::journal {
namespace {

constexpr std::size_t read_at_once = 256 << 10;
/// Wide enough to say what is damage: a frame that begins in the first half lies within it.
constexpr std::size_t widest_window = 2 * max_frame;

}  // namespace

Result<std::optional<Reader::Item>> Reader::next() {
  while (true) {
    if (!file_.is_open()) {
      CARILLON_TRY(opened, open_segment());
      if (!opened) return std::nullopt;
    }
    if (auto item = take_record()) return item;
    // Asked before reading: a segment that has a successor now gets nothing more.
    const bool is_followed = has_successor();
    const bool is_closed = is_followed || mode_ == Mode::at_rest;
    CARILLON_CHECK(look_again(read_at_once));
    if (auto item = take_record()) return item;
    const bool is_unwritten = window_.empty() || window_.front() == '\0';
    if (is_unwritten && !is_closed) return std::nullopt;
    CARILLON_CHECK(look_again(widest_window));
    if (auto item = take_record()) return item;
    CARILLON_TRY(passed, pass_over_damage(is_closed));
    if (passed) continue;
    if (!is_followed) return std::nullopt;
    // Bytes left over are the torn tail of a crash, or zeros: never durable, so nobody relied on them.
    file_ = File();
    at_ = {at_.segment + 1, 0};
  }
}

std::optional<Reader::Item> Reader::take_record() {
  FrameScanner scanner(window_, window_used_);
  while (scanner.next() == FrameScanner::Found::frame) {
    const Frame& frame = scanner.frame();
    const Position begin = at_;
    const std::size_t size = frame_header + frame.payload.size();
    at_.offset += size;
    window_used_ += size;
    if (frame.type < Type::setup || frame.type > Type::ringing) continue;
    auto record = decode(frame.type, frame.payload);
    if (record) return Item{std::move(*record), frame.sequence, begin, at_};
    ++bad_records_;
    if (bad_.size() < max_bad_kept) bad_.push_back({frame.type, std::string(frame.payload), at_});
  }
  return std::nullopt;
}

Result<> Reader::look_again(std::size_t most) {
  window_.clear();
  window_used_ = 0;
  while (window_.size() < most) {
    CARILLON_TRY(got, file_.read(at_.offset + window_.size(), std::min(read_at_once, most - window_.size()), window_));
    if (got == 0) break;
  }
  return {};
}

Result<bool> Reader::is_zero_from(std::uint64_t offset) {
  std::string bytes;
  while (true) {
    bytes.clear();
    CARILLON_TRY(got, file_.read(offset, read_at_once, bytes));
    if (got == 0) return true;
    if (bytes.find_first_not_of('\0') != std::string::npos) return false;
    offset += got;
  }
}

Result<bool> Reader::pass_over_damage(bool is_closed) {
  FrameScanner scanner(window_);
  const bool is_followed_by_frame = scanner.next() == FrameScanner::Found::damage;
  const std::size_t damaged = is_followed_by_frame ? scanner.skipped() : window_.size() - std::min(window_.size(), max_frame);
  if (damaged == 0 || (!is_followed_by_frame && window_.size() < widest_window)) return false;
  // What a crash tore, or nothing, and then room that was made ahead.
  const bool is_torn = window_.find_last_not_of('\0') + 1 <= max_frame;
  if (!is_followed_by_frame && is_torn) {
    CARILLON_TRY(is_end, is_zero_from(at_.offset + window_.size()));
    if (is_end) return false;
  }
  if (!is_closed && suspect_ != at_) {
    suspect_ = at_;
    return false;
  }
  damaged_bytes_ += damaged;
  at_.offset += damaged;
  window_used_ = damaged;
  return true;
}

bool Reader::has_successor() const {
  if (file_exists(directory_ / segment_name(at_.segment + 1))) return true;
  // A segment that could not be begun leaves its number out.
  const auto numbers = list_segments(directory_);
  return numbers && !numbers->empty() && numbers->back() > at_.segment;
}

Result<bool> Reader::open_segment() {
  if (!file_exists(directory_ / segment_name(at_.segment))) {
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
