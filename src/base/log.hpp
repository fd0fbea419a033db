// SPDX-License-Identifier: GPL-3.0-or-later
// The log: one line a record on stderr, key=value, every value escaped and capped, so that nothing from the network can forge,
// split or flood it.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/id.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace carillon::log {

enum class Level : std::uint8_t { debug, info, warning, error, off };
std::optional<Level> level_from(std::string_view name);

/// For the whole process, from any thread. `info` at start.
void set_level(Level level);
bool is_enabled(Level level);

/// Where lines go instead of stderr; for tests. The descriptor stays the caller's.
void set_output(int file_descriptor);

/// One `key=value`. Text is capped at 512 bytes; control characters, quotes and what is not UTF-8 are escaped. A Secret prints as
/// ***. Views must live until the call returns.
class Field {
 public:
  Field(std::string_view key, std::string_view text) : key_(key), kind_(Kind::text), text_(text) {}
  Field(std::string_view key, const std::string& text) : Field(key, std::string_view(text)) {}
  Field(std::string_view key, const char* text) : Field(key, std::string_view(text)) {}
  Field(std::string_view key, const Secret&) : Field(key, std::string_view("***")) {}
  Field(std::string_view key, bool value) : Field(key, std::string_view(value ? "true" : "false")) {}
  Field(std::string_view key, double value) : key_(key), kind_(Kind::real), real_(value) {}
  Field(std::string_view key, Duration value) : key_(key), kind_(Kind::duration), integer_(value.count()) {}
  Field(std::string_view key, CallId value) : key_(key), kind_(Kind::call), call_(value) {}
  template <class T>
  Field(std::string_view key, Id<T> value) : key_(key), kind_(Kind::entity), integer_(value.value) {}
  template <std::integral T>
  Field(std::string_view key, T value) : key_(key), kind_(std::is_signed_v<T> ? Kind::integer : Kind::natural) {
    integer_ = static_cast<std::int64_t>(value);
  }
  Field(std::string_view key, const Error& error) : Field(key, std::string_view(error.what.empty() ? error.code : error.what)) {}

  std::string_view key() const { return key_; }
  bool is_text() const { return kind_ == Kind::text; }
  std::string_view text() const { return text_; }
  /// What is not text.
  void print(std::string& into) const;

 private:
  enum class Kind : std::uint8_t { text, integer, natural, real, duration, call, entity };
  std::string_view key_;
  Kind kind_;
  union {
    std::string_view text_;
    std::int64_t integer_;
    double real_;
    CallId call_;
  };
};

/// Writes one line, at most 4 kB, with one system call; drops and counts it when stderr would block. Use the four functions
/// below.
void write(Level level, std::string_view area, std::string_view event, std::initializer_list<Field> fields);

/// `area` is the module ("registrar"), `event` what happened ("binding.added"); a record about a call has the field "call".
inline void debug(std::string_view area, std::string_view event, std::initializer_list<Field> fields = {}) {
  if (is_enabled(Level::debug)) write(Level::debug, area, event, fields);
}
inline void info(std::string_view area, std::string_view event, std::initializer_list<Field> fields = {}) {
  if (is_enabled(Level::info)) write(Level::info, area, event, fields);
}
inline void warning(std::string_view area, std::string_view event, std::initializer_list<Field> fields = {}) {
  if (is_enabled(Level::warning)) write(Level::warning, area, event, fields);
}
inline void error(std::string_view area, std::string_view event, std::initializer_list<Field> fields = {}) {
  if (is_enabled(Level::error)) write(Level::error, area, event, fields);
}

/// Keeps one source from filling the log: a few lines at once, then one in a while, and a count of what was left out. Bounded:
/// sources share 1,024 places, so a flood of sources is limited as well. One per thread.
class SourceLimit {
 public:
  struct Rate {
    std::uint32_t burst = 5;
    Duration interval = 10s;  ///< One more line may follow each.
  };
  explicit SourceLimit(Rate rate) : rate_(rate) {}
  SourceLimit() : SourceLimit(Rate()) {}

  /// How many lines of this place were left out since its last, if another may be written now.
  std::optional<std::uint64_t> admit(std::string_view source, Monotonic now);

 private:
  struct Place {
    Monotonic refilled;
    std::uint32_t used = 0;
    std::uint64_t left_out = 0;
  };
  Rate rate_;
  std::array<Place, 1024> places_{};
};

}  // namespace carillon::log
