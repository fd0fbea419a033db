// SPDX-License-Identifier: GPL-3.0-or-later
// Building one safe line and handing it to the system in one piece.
#include "base/log.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include <fmt/format.h>

namespace carillon::log {
namespace {

constexpr std::size_t longest_value = 512;
constexpr std::size_t longest_line = 4096;  // What a pipe takes in one piece (PIPE_BUF).
constexpr std::size_t tail_room = 41;       // For what is said at the end of a line that was cut, and a quote that closes.
constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warning", "error", "off"};

struct Settings {
  std::atomic<Level> level{Level::info};
  std::atomic<int> output{STDERR_FILENO};
  std::atomic<std::uint64_t> dropped{0};
};

Settings& settings() {
  static constinit Settings instance;
  return instance;
}

/// U+200E and U+200F, U+2028 to U+202E, U+2066 to U+2069: what ends a line for some readers, or has it shown in another order.
bool is_line_or_direction(unsigned lead, unsigned second, unsigned third) {
  if (lead != 0xe2) return false;
  if (second == 0x80) return third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae);
  return second == 0x81 && third >= 0xa6 && third <= 0xa9;
}

/// How many bytes at the front of `text` are one well-formed UTF-8 character beyond ASCII that is shown as itself; 0 if none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto is_tail = [byte](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  const unsigned lead = byte(0);
  const unsigned second = byte(1);
  if (lead == 0xc2) return second >= 0xa0 && is_tail(1) ? 2 : 0;
  if (lead >= 0xc3 && lead <= 0xdf) return is_tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
    return is_tail(1) && is_tail(2) && !is_line_or_direction(lead, second, byte(2)) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
    return is_tail(1) && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

/// Which characters need no quotes around them.
constexpr auto bare_characters = [] {
  std::array<bool, 256> bare{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/@+*#%,;~!?&$()[]<>")) {
    bare[static_cast<unsigned char>(c)] = true;
  }
  return bare;
}();

bool needs_quotes(std::string_view text) {
  return text.empty() || !std::ranges::all_of(text, [](char c) { return bare_characters[static_cast<unsigned char>(c)]; });
}

class Line {
 public:
  /// False, and nothing is added, when it does not fit any more.
  bool add(std::string_view text) {
    if (is_cut_ || text.size() > longest_line - tail_room - size_) {
      is_cut_ = true;
      return false;
    }
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return true;
  }

  /// Whole or not at all.
  void add_key(std::string_view key) {
    if (is_cut_ || key.size() + 2 > longest_line - tail_room - size_) {
      is_cut_ = true;
      return;
    }
    add(" ");
    add(key);
    add("=");
  }

  void add_value(std::string_view text) {
    if (text.size() <= longest_value && !needs_quotes(text)) {
      add(text);
      return;
    }
    const std::size_t whole = text.size();
    text = text.substr(0, longest_value);
    if (!add("\"")) return;
    while (!text.empty()) text.remove_prefix(add_character(text));
    if (whole > longest_value) add(fmt::format("…+{}", whole - longest_value));
    if (!add("\"")) add_tail("\"");
  }

  std::string_view finish(std::uint64_t dropped) {
    if (dropped > 0) add_tail(fmt::format(" dropped={}", dropped));
    if (is_cut_) add_tail(" cut=true");
    add_tail("\n");
    return {bytes_.data(), size_};
  }

 private:
  void add_tail(std::string_view text) {
    if (text.size() > bytes_.size() - size_) return;
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }

  /// Returns how much of `text` it took.
  std::size_t add_character(std::string_view text) {
    const char c = text.front();
    if (const std::size_t length = utf8_length(text); length > 0) {
      add(text.substr(0, length));
      return length;
    }
    if (c == '"' || c == '\\') {
      const std::array<char, 2> escaped = {'\\', c};
      add(std::string_view(escaped.data(), escaped.size()));
    } else if (c >= ' ' && c <= '~') {
      add(text.substr(0, 1));
    } else if (c == '\n') {
      add("\\n");
    } else if (c == '\r') {
      add("\\r");
    } else {
      add(fmt::format("\\x{:02x}", static_cast<unsigned char>(c)));
    }
    return 1;
  }

  std::array<char, longest_line> bytes_;
  std::size_t size_ = 0;
  bool is_cut_ = false;
};

/// A reader that has stopped must not stop the calls: what would block is dropped and counted.
bool put(int output, std::string_view line) {
  pollfd ready{output, POLLOUT, 0};
  if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return false;
  return ::write(output, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace

std::optional<Level> level_from(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == name) return static_cast<Level>(i);
  }
  return std::nullopt;
}

void set_level(Level level) {
  settings().level.store(level, std::memory_order_relaxed);
}

bool is_enabled(Level level) {
  return level >= settings().level.load(std::memory_order_relaxed);
}

void set_output(int file_descriptor) {
  settings().output.store(file_descriptor, std::memory_order_relaxed);
}

void Field::print(std::string& into) const {
  switch (kind_) {
    case Kind::text:
      break;
    case Kind::integer:
      into = fmt::to_string(integer_);
      break;
    case Kind::natural:
      into = fmt::to_string(static_cast<std::uint64_t>(integer_));
      break;
    case Kind::real:
      into = fmt::format("{:g}", real_);
      break;
    case Kind::duration:
      into = fmt::format("{:.3f}s", static_cast<double>(integer_) / 1e6);
      break;
    case Kind::call:
      into = to_hex(call_);
      break;
    case Kind::entity:
      into = to_base32(integer_);
      break;
  }
}

void write(Level level, std::string_view area, std::string_view event, std::initializer_list<Field> fields) {
  Line line;
  line.add("time=");
  line.add(to_rfc3339(system_wall_time()));
  line.add(" level=");
  line.add(level_names[static_cast<std::size_t>(level)]);
  line.add(" area=");
  line.add(area);
  line.add(" event=");
  line.add(event);
  std::string printed;
  for (const Field& field : fields) {
    field.print(printed);
    line.add_key(field.key());
    line.add_value(field.is_text() ? field.text() : printed);
  }
  Settings& current = settings();
  const std::uint64_t dropped = current.dropped.exchange(0, std::memory_order_relaxed);
  if (!put(current.output.load(std::memory_order_relaxed), line.finish(dropped))) {
    current.dropped.fetch_add(dropped + 1, std::memory_order_relaxed);
  }
}

std::optional<std::uint64_t> SourceLimit::admit(std::string_view source, Monotonic now) {
  Place& place = places_[std::hash<std::string_view>()(source) % places_.size()];
  const std::int64_t refill = (now - place.refilled) / rate_.interval;
  if (refill > 0) {
    place.used -= static_cast<std::uint32_t>(std::min<std::int64_t>(refill, place.used));
    place.refilled += refill * rate_.interval;
  }
  if (place.used >= rate_.burst) {
    ++place.left_out;
    return std::nullopt;
  }
  ++place.used;
  return std::exchange(place.left_out, 0);
}

}  // namespace carillon::log
