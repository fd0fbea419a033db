// SPDX-License-Identifier: GPL-3.0-or-later
// Appending, committing, rotating, and picking up after a crash.
#include "journal/writer.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/kill_point.hpp"
#include "journal/reader.hpp"
#include "journal/replace_file.hpp"

namespace carillon::journal {

std::string segment_name(std::uint64_t number) {
  return fmt::format("{:010}.log", number);
}

Result<std::vector<std::uint64_t>> list_segments(const std::filesystem::path& directory) {
  CARILLON_TRY(names, list_directory(directory));
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names) {
    std::uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (name == segment_name(number)) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

Result<> remove_segments_before(const std::filesystem::path& directory, std::uint64_t number) {
  CARILLON_TRY(numbers, list_segments(directory));
  for (const std::uint64_t old : numbers) {
    if (old >= number) break;
    kill_point("journal.segment_deleting");
    CARILLON_CHECK(remove_file(directory / segment_name(old)));
  }
  return {};
}

Result<std::unique_ptr<Writer>> Writer::open(const std::filesystem::path& directory, Options options) {
  CARILLON_CHECK(make_directory(directory));
  std::unique_ptr<Writer> writer(new Writer(directory, options));
  CARILLON_TRY(end, writer->recover());
  if (auto filled = writer->refill(); !filled && !filled.error().is(Fault::no_space)) return std::unexpected(filled.error());
  Result<> started = writer->start_segment();
  if (!started && started.error().is(Fault::no_space)) started = writer->go_on_in_last(end);
  if (!started) return std::unexpected(std::move(started).error());
  return writer;
}

Result<Position> Writer::recover() {
  CARILLON_TRY(numbers, list_segments(directory_));
  if (numbers.empty()) return Position{};
  segment_ = last_number_ = numbers.back();
  // Each segment restates the open calls, so the last would do; the one before is insurance against damage at its beginning.
  Reader reader(directory_, {numbers.size() > 1 ? numbers[numbers.size() - 2] : segment_, 0}, Reader::Mode::at_rest);
  std::string frame;
  while (true) {
    CARILLON_TRY(item, reader.next());
    if (!item) break;
    next_sequence_ = std::max(next_sequence_, item->sequence + 1);
    frame.clear();
    if (append_frame(frame, item->sequence, item->record)) remember(item->record, frame);
    forget_ended();
  }
  durable_ = next_sequence_ - 1;
  kill_point("journal.recovered");
  return reader.position();
}

void Writer::OpenCall::keep(std::vector<std::pair<std::uint32_t, std::string>>& frames, std::uint32_t leg,
                            std::string_view frame) {
  const auto known = std::ranges::find(frames, leg, &std::pair<std::uint32_t, std::string>::first);
  if (known == frames.end())
    frames.emplace_back(leg, frame);
  else
    known->second = frame;
}

void Writer::remember(const Record& record, std::string_view frame) {
  if (const auto* alive = std::get_if<Alive>(&record)) {
    for (const CallId id : alive->calls)
      if (const auto call = open_.find(id); call != open_.end()) call->second.alive = {alive->at, alive->up};
    return;
  }
  const CallId call = call_of(record);
  if (std::holds_alternative<Setup>(record)) open_[call].setup = frame;
  const auto found = open_.find(call);
  if (found == open_.end()) return;
  OpenCall& kept = found->second;
  if (std::holds_alternative<Reserved>(record)) kept.reserved = frame;
  if (const auto* dialog = std::get_if<Dialog>(&record)) OpenCall::keep(kept.dialogs, dialog->leg, frame);
  if (const auto* ringing = std::get_if<Ringing>(&record)) OpenCall::keep(kept.ringing, ringing->leg, frame);
  if (std::holds_alternative<Answered>(record)) {
    kept.answered = frame;
    kept.ringing.clear();
  }
  if (std::holds_alternative<Ended>(record)) ended_.push_back(call);
}

void Writer::forget_ended() {
  for (const CallId call : ended_) open_.erase(call);
  ended_.clear();
}

Result<std::uint64_t> Writer::append(const Record& record) {
  // No call begins while the disk fails, so as many end as were running: without a record of that they would stay open here.
  const std::size_t room = std::holds_alternative<Ended>(record) ? 2 * options_.buffer_bytes : options_.buffer_bytes;
  if (buffer_.size() >= room) {
    return failure(Fault::buffer_full, "The journal cannot be written: look at the disk of data.dir.");
  }
  const std::size_t begin = buffer_.size();
  if (!append_frame(buffer_, next_sequence_, record)) return failure(Fault::too_large);
  remember(record, std::string_view(buffer_).substr(begin));
  return next_sequence_++;
}

Result<std::uint64_t> Writer::commit() {
  if (buffer_.empty()) return durable_;
  Result<> written;
  if (failed_) written = start_segment();
  if (written) written = write_out();
  failed_ = !written;
  if (failed_ && written.error().is(Fault::no_space)) {
    written = start_segment_in_reserve();
    if (written) written = write_out();
    failed_ = !written;
  }
  if (failed_) return std::unexpected(std::move(written).error());

  kill_point("journal.flushed");
  segment_size_ += buffer_.size();
  buffer_.clear();
  durable_ = next_sequence_ - 1;
  forget_ended();
  // The records are durable: that the next segment cannot be had now is the next commit's trouble.
  if (segment_size_ >= options_.segment_bytes) failed_ = !start_segment();
  return durable_;
}

Result<> Writer::write_out() {
  kill_point("journal.writing");
  CARILLON_CHECK(file_.write_at(segment_size_, buffer_));
  kill_point("journal.written");
  const std::size_t end = segment_size_ + buffer_.size();
  if (end > allocated_) {
    const std::size_t ahead = std::min(options_.ahead_bytes, options_.segment_bytes);
    CARILLON_CHECK(file_.write_at(end, std::string(ahead, '\0')));
    allocated_ = end + ahead;
  }
  // After a failed flush the kernel may have dropped the bytes: trying again on the same file would prove nothing.
  return file_.sync();
}

Writer::~Writer() {
  // Only for tidiness: readers know zeros for what they are.
  if (file_.is_open()) file_.try_truncate(segment_size_);
}

std::string Writer::restated() const {
  std::string content;
  std::map<std::pair<Instant, Uptime>, std::vector<CallId>> alive;
  [[maybe_unused]] const bool fits = append_frame(content, Type::segment, next_sequence_, std::string_view());
  for (const auto& [id, call] : open_) {
    content.append(call.setup).append(call.reserved);
    for (const auto& [leg, frame] : call.dialogs) content.append(frame);
    for (const auto& [leg, frame] : call.ringing) content.append(frame);
    content.append(call.answered);
    if (call.alive) alive[*call.alive].push_back(id);
  }
  for (auto& [moment, calls] : alive) {
    // No more of them than were in the record that said so.
    [[maybe_unused]] const bool has_room =
        append_frame(content, next_sequence_ - 1, Record(Alive{moment.first, std::move(calls), moment.second}));
  }
  return content;
}

std::filesystem::path Writer::next_path() {
  return directory_ / segment_name(++last_number_);
}

Result<> Writer::start_segment() {
  const std::string content = restated();
  const std::filesystem::path path = next_path();
  kill_point("journal.segment_beginning");
  const Result<> replaced = replace_file(path, content);
  if (!replaced) return replaced.error().is(Fault::no_space) ? start_segment_in_reserve() : replaced;
  kill_point("journal.segment_begun");
  CARILLON_TRY(file, File::open(path, File::Mode::update));
  go_on_in(last_number_, std::move(file), content.size(), content.size());
  return {};
}

Result<> Writer::start_segment_in_reserve() {
  const std::uint64_t room = reserve_.bytes();
  if (room == 0) return failure(Fault::no_space, "The disk of data.dir is full, and the journal's reserve is spent.");
  const std::string content = restated();
  CARILLON_TRY(file, reserve_.spend(next_path(), content));
  go_on_in(last_number_, std::move(file), content.size(), std::max<std::size_t>(room, content.size()));
  return {};
}

Result<> Writer::go_on_in_last(Position end) {
  const std::filesystem::path path = directory_ / segment_name(segment_);
  const std::optional<std::uint64_t> has = size_of(path);
  CARILLON_TRY(numbers, list_segments(directory_));
  // Readers have left it behind when there is another, even one whose name could not be flushed.
  const bool is_last = end.segment == segment_ && has && numbers.back() == segment_;
  if (!is_last) return failure(Fault::no_space, "The disk of data.dir is full: no journal can be begun.");
  const std::uint64_t size = *has;
  CARILLON_TRY(file, File::open(path, File::Mode::update));
  // What a crash left behind the last sound frame was never durable, and must not come to life behind new ones.
  constexpr std::uint64_t at_once = 1 << 20;
  for (std::uint64_t at = end.offset; at < size; at += at_once) {
    CARILLON_CHECK(file.write_at(at, std::string(std::min(at_once, size - at), '\0')));
  }
  CARILLON_CHECK(file.sync());
  go_on_in(segment_, std::move(file), end.offset, std::max(size, end.offset));
  return {};
}

void Writer::go_on_in(std::uint64_t number, File file, std::size_t size, std::size_t allocated) {
  if (file_.is_open() && !failed_) file_.try_truncate(segment_size_);
  file_ = std::move(file);
  segment_ = number;
  segment_size_ = size;
  allocated_ = allocated;
  failed_ = false;
}

std::vector<CallId> Writer::open_calls() const {
  std::vector<CallId> calls;
  calls.reserve(open_.size());
  for (const auto& [id, call] : open_) calls.push_back(id);
  return calls;
}

std::vector<UnfinishedCall> Writer::unfinished() const {
  // The frames are our own; what could not be read all the same is left at its defaults.
  const auto read = [](std::string_view frame, auto& into) {
    FrameScanner scanner(frame);
    if (scanner.next() != FrameScanner::Found::frame) return false;
    auto record = decode(scanner.frame().type, scanner.frame().payload);
    auto* wanted = record ? std::get_if<std::remove_reference_t<decltype(into)>>(&*record) : nullptr;
    if (wanted == nullptr) return false;
    into = std::move(*wanted);
    return true;
  };
  std::vector<UnfinishedCall> calls;
  calls.reserve(open_.size());
  for (const auto& [id, call] : open_) {
    UnfinishedCall& unfinished = calls.emplace_back();
    read(call.setup, unfinished.setup);
    unfinished.setup.call = id;
    if (!read(call.answered, unfinished.answered.emplace())) unfinished.answered.reset();
    if (!read(call.reserved, unfinished.reserved.emplace())) unfinished.reserved.reset();
    for (const auto& [leg, frame] : call.dialogs)
      if (!read(frame, unfinished.dialogs.emplace_back())) unfinished.dialogs.pop_back();
    for (const auto& [leg, frame] : call.ringing)
      if (!read(frame, unfinished.ringing.emplace_back())) unfinished.ringing.pop_back();
    if (!call.alive) continue;
    const auto talked = unfinished.answered ? elapsed(unfinished.answered->up, call.alive->second) : std::nullopt;
    unfinished.alive_at = talked ? unfinished.answered->at + *talked : call.alive->first;
  }
  return calls;
}

}  // namespace carillon::journal
