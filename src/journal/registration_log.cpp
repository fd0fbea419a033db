// SPDX-License-Identifier: GPL-3.0-or-later
// Replaying, appending and rewriting the bindings of one slot.
#include "journal/registration_log.hpp"

#include "base/kill_point.hpp"
#include "journal/replace_file.hpp"

namespace carillon::journal {
namespace {

constexpr std::uint64_t smallest_worth_compacting = 64 << 10;
constexpr std::size_t read_at_once = 1 << 20;

}  // namespace

Result<std::unique_ptr<RegistrationLog>> RegistrationLog::open(const std::filesystem::path& directory, std::uint8_t slot,
                                                               const std::function<void(Registration)>& replay,
                                                               const std::function<void(Subscription)>& replay_subscription) {
  CARILLON_CHECK(make_directory(directory));
  std::unique_ptr<RegistrationLog> log(new RegistrationLog());
  log->path_ = directory / fmt::format("{}.log", slot);
  CARILLON_TRY(file, File::open(log->path_, File::Mode::append));
  CARILLON_TRY(reading, File::open(log->path_, File::Mode::read));
  std::string content;
  for (std::size_t got = read_at_once; got > 0;) {
    CARILLON_TRY(more, reading.read(content.size(), read_at_once, content));
    got = more;
  }

  FrameScanner scanner(content);
  for (auto found = scanner.next(); found != FrameScanner::Found::end; found = scanner.next()) {
    if (found == FrameScanner::Found::damage) log->damaged_bytes_ += scanner.skipped();
    if (found == FrameScanner::Found::damage) continue;
    const Frame& frame = scanner.frame();
    if (frame.type != Type::registration && frame.type != Type::subscription) continue;
    log->sequence_ = frame.sequence + 1;
    ++log->records_;
    if (frame.type == Type::registration) {
      if (auto record = decode_registration(frame.payload)) replay(std::move(*record));
    } else if (auto record = decode_subscription(frame.payload); record && replay_subscription) {
      replay_subscription(std::move(*record));
    }
  }
  log->size_ = scanner.offset();
  if (log->size_ < content.size()) CARILLON_CHECK(file.truncate(log->size_));
  log->file_ = std::move(file);
  return log;
}

void RegistrationBytes::add(const Registration& record) {
  encode(record, bytes_);
  ends_.push_back({bytes_.size(), Type::registration});
}

void RegistrationBytes::add(const Subscription& record) {
  encode(record, bytes_);
  ends_.push_back({bytes_.size(), Type::subscription});
}

Result<> RegistrationLog::append(const RegistrationBytes& changes) {
  for (std::size_t n = 0; n < changes.count(); ++n) {
    if (buffer_.size() >= max_buffer) return failure(Fault::buffer_full);
    const std::size_t before = buffer_.size();
    if (!append_frame(buffer_, changes.type(n), sequence_, changes.payload(n))) return failure(Fault::too_large);
    size_ += buffer_.size() - before;
    ++sequence_;
    ++records_;
  }
  return {};
}

Result<> RegistrationLog::flush() {
  if (buffer_.empty()) return {};
  const std::uint64_t on_disk = size_ - buffer_.size();
  kill_point("registrations.writing");
  if (auto written = file_.write(buffer_); !written) {
    // Part of it may be there: cut it off, so that the next flush does not write behind ruins.
    CARILLON_CHECK(file_.truncate(on_disk));
    return written;
  }
  buffer_.clear();
  kill_point("registrations.written");
  return {};
}

bool RegistrationLog::wants_compaction(std::size_t live) const {
  if (records_ == 0) return false;
  const std::uint64_t average = size_ / records_;
  return size_ > smallest_worth_compacting + 2 * average * live;
}

Result<> RegistrationLog::compact(const RegistrationBytes& live) {
  std::string content;
  std::uint64_t records = 0;
  for (std::size_t n = 0; n < live.count(); ++n) {
    if (append_frame(content, live.type(n), sequence_, live.payload(n))) ++records;
    ++sequence_;
  }
  kill_point("registrations.compacting");
  CARILLON_CHECK(replace_file(path_, content));
  kill_point("registrations.compacted");
  CARILLON_TRY(file, File::open(path_, File::Mode::append));
  file_ = std::move(file);
  buffer_.clear();
  size_ = content.size();
  records_ = records;
  return {};
}

}  // namespace carillon::journal
