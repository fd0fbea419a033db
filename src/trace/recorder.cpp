// SPDX-License-Identifier: GPL-3.0-or-later
// Caps and rotation of segments.
#include "trace/recorder.hpp"

#include <algorithm>
#include <charconv>

namespace carillon::trace {

namespace {

constexpr std::string_view suffix = ".trace";
constexpr std::size_t digits = 10;
constexpr Duration written_after = 1s;
constexpr std::uint64_t segment_bytes_max = 64 << 20;
constexpr std::uint64_t segment_bytes_min = 64 << 10;
/// Both caps remove whole segments, so each of them is a small part of what may be there.
constexpr int segments_aim = 16;

std::optional<std::uint64_t> number_of(const std::string& name) {
  std::uint64_t number = 0;
  if (name.size() != digits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data(), name.data() + digits, number);
  if (error != std::errc() || end != name.data() + digits) return std::nullopt;
  return number;
}

std::string name_of(std::uint64_t number) {
  return fmt::format("{:010}{}", number, suffix);
}

}  // namespace

Result<std::vector<std::filesystem::path>> list_segments(const std::filesystem::path& directory) {
  CARILLON_TRY(names, journal::list_directory(directory));
  std::erase_if(names, [](const std::string& name) { return !number_of(name); });
  std::ranges::sort(names);
  std::vector<std::filesystem::path> paths;
  for (const std::string& name : names) paths.push_back(directory / name);
  return paths;
}

Result<std::unique_ptr<Recorder>> Recorder::open(std::filesystem::path directory, Limits limits) {
  std::unique_ptr<Recorder> recorder(new Recorder(std::move(directory), limits));
  CARILLON_CHECK(journal::make_directory(recorder->directory_));
  CARILLON_CHECK(recorder->count_segments());
  return recorder;
}

Recorder::~Recorder() {
  flush();
}

Result<> Recorder::count_segments() {
  CARILLON_TRY(paths, list_segments(directory_));
  for (const std::filesystem::path& path : paths) {
    Segment segment{.number = *number_of(path.filename().string()), .bytes = journal::size_of(path).value_or(0)};
    auto file = journal::File::open(path, journal::File::Mode::read);
    if (file) {
      SegmentReader reader(std::move(*file));
      for (auto block = reader.next(); block && *block; block = reader.next())
        segment.last_at = std::max(segment.last_at, (*block)->last_at);
    }
    bytes_ += segment.bytes;
    next_number_ = segment.number + 1;
    segments_.push_back(segment);
  }
  return {};
}

void Recorder::add(const Item& item) {
  block_.add(item);
  if (block_.is_full()) flush();
}

void Recorder::flush() {
  if (block_.is_empty()) return;
  const Instant first_at = block_.first_at();
  const Instant last_at = block_.last_at();
  const std::size_t items = block_.item_count();
  const Result<> written = write(block_.take(), first_at, last_at);
  if (written) return trouble_.reset();
  items_dropped_ += items;
  trouble_ = written.error();
}

void Recorder::tick(Instant now) {
  if (!block_.is_empty() && now - block_.first_at() >= written_after) flush();
  while (!segments_.empty() && now - segments_.front().last_at > limits_.age_max) remove_oldest();
  if (!segments_.empty()) make_room(0);
}

Result<> Recorder::write(std::string_view block, Instant first_at, Instant last_at) {
  if (!make_room(block.size())) return failure(journal::Fault::no_space, "no room for traces");
  const std::uint64_t segment_bytes = std::clamp(limits_.bytes_max / segments_aim, segment_bytes_min, segment_bytes_max);
  const bool is_worn = file_.is_open() && (segments_.back().bytes + block.size() > segment_bytes ||
                                           first_at - began_at_ > limits_.age_max / segments_aim);
  if (is_worn) file_ = {};
  if (!file_.is_open()) {
    CARILLON_TRY(file, journal::File::open(directory_ / name_of(next_number_), journal::File::Mode::append));
    file_ = std::move(file);
    began_at_ = first_at;
    segments_.push_back({.number = next_number_++});
  }
  Segment& current = segments_.back();
  if (auto written = file_.write(block); !written) {
    // What is torn is the end of its segment: readers find nothing behind it.
    const std::uint64_t bytes = journal::size_of(directory_ / name_of(current.number)).value_or(current.bytes);
    bytes_ += bytes - current.bytes;
    current.bytes = bytes;
    file_ = {};
    return written;
  }
  current.bytes += block.size();
  current.last_at = std::max(current.last_at, last_at);
  bytes_ += block.size();
  return {};
}

/// Removes the oldest until the new ones fit in. False when they do not even so.
bool Recorder::make_room(std::uint64_t bytes) {
  const auto is_short = [this, bytes] {
    if (bytes_ + bytes > limits_.bytes_max) return true;
    const auto free = journal::free_space(directory_);
    return free && *free < limits_.free_min + bytes;
  };
  while (is_short()) {
    if (segments_.empty()) return false;
    remove_oldest();
  }
  return true;
}

void Recorder::remove_oldest() {
  const Segment oldest = segments_.front();
  if (segments_.size() == 1) file_ = {};
  segments_.pop_front();
  bytes_ -= std::min(bytes_, oldest.bytes);
  const Result<> removed = journal::remove_file(directory_ / name_of(oldest.number));
  if (!removed) trouble_ = removed.error();
}

}  // namespace carillon::trace
