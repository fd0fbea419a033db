// SPDX-License-Identifier: GPL-3.0-or-later
// Making identities from the time and unpredictable bits, and writing them as text.
#include "base/id.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>

#include "base/assert.hpp"

namespace carillon {
namespace {

constexpr std::string_view base32_digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t longest_base32 = 13;  // 63 bits, five each.

/// Random words fetched 4 kB at a time; each is given out once.
class RandomBuffer {
 public:
  std::uint64_t take() {
    if (next_ == words_.size()) refill();
    return std::exchange(words_[next_++], 0);
  }

 private:
  void refill() {
    auto* bytes = reinterpret_cast<char*>(words_.data());
    std::size_t filled = 0;
    while (filled < sizeof(words_)) {
      const ssize_t count = getrandom(bytes + filled, sizeof(words_) - filled, 0);
      CARILLON_ASSERT(count > 0 || errno == EINTR);
      if (count > 0) filled += static_cast<std::size_t>(count);
    }
    next_ = 0;
  }

  std::array<std::uint64_t, 512> words_{};
  std::size_t next_ = words_.size();
};

thread_local RandomBuffer random_buffer;

std::uint64_t milliseconds(Instant now) {
  const std::int64_t count = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  CARILLON_ASSERT(count >= 0);
  return static_cast<std::uint64_t>(count);
}

}  // namespace

std::uint64_t random_bits() {
  return random_buffer.take();
}

std::int64_t make_entity_id(Instant now) {
  constexpr int random_width = 21;
  const std::uint64_t random = random_bits() >> (64 - random_width);
  return static_cast<std::int64_t>((milliseconds(now) & ((std::uint64_t{1} << 42) - 1)) << random_width | random);
}

std::string to_base32(std::int64_t id) {
  CARILLON_ASSERT(id >= 0);
  auto rest = static_cast<std::uint64_t>(id);
  std::array<char, longest_base32> text{};
  std::size_t begin = text.size();
  do {
    text[--begin] = base32_digits[rest % 32];
    rest /= 32;
  } while (rest != 0);
  return std::string(text.data() + begin, text.size() - begin);
}

std::optional<std::int64_t> from_base32(std::string_view text) {
  if (text.empty() || text.size() > longest_base32) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;  // One spelling each.
  std::uint64_t value = 0;
  for (const char c : text) {
    const std::size_t digit = base32_digits.find(c);
    if (digit == std::string_view::npos || value >> 58 != 0) return std::nullopt;
    value = value << 5 | digit;
  }
  return static_cast<std::int64_t>(value);
}

CallId make_call_id(Instant now) {
  const std::uint64_t random = random_bits() >> 48;
  return CallId{milliseconds(now) << 16 | random, random_bits()};
}

std::string to_hex(CallId id) {
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = hex_digits[(id.high >> (4 * i)) & 0xf];
    text[31 - i] = hex_digits[(id.low >> (4 * i)) & 0xf];
  }
  return text;
}

std::string to_hex(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = hex_digits[(value >> (4 * i)) & 0xf];
  return text;
}

std::optional<CallId> call_id_from_hex(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  CallId id;
  for (std::size_t i = 0; i < 32; ++i) {
    const std::size_t digit = hex_digits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    std::uint64_t& half = i < 16 ? id.high : id.low;
    half = half << 4 | digit;
  }
  return id;
}

}  // namespace carillon
