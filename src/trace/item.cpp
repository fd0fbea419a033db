// SPDX-License-Identifier: GPL-3.0-or-later
// Writing and reading of items.
#include "trace/item.hpp"

#include <cstring>

namespace carillon::trace {

namespace {

/// The machine is little-endian, as the compiler says below.
static_assert(std::endian::native == std::endian::little);

template <class T>
void put(char*& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(out, &value, sizeof value);
  out += sizeof value;
}

template <class T>
T get(const char*& in) {
  T value{};
  std::memcpy(&value, in, sizeof value);
  in += sizeof value;
  return value;
}

void put_address(char*& out, const net::Address& address) {
  put(out, address.bytes);
  put(out, address.port);
}

net::Address get_address(const char*& in) {
  net::Address address;
  address.bytes = get<decltype(address.bytes)>(in);
  address.port = get<std::uint16_t>(in);
  return address;
}

}  // namespace

void append_item(std::string& out, const Item& item) {
  const std::string_view text = item.text.substr(0, text_max);
  char header[item_header];
  char* at = header;
  put(at, static_cast<std::uint32_t>(text.size()));
  put(at, item.kind);
  put(at, item.direction);
  put(at, item.leg);
  put(at, item.transport);
  put(at, item.audience);
  put(at, item.call.high);
  put(at, item.call.low);
  put(at, item.brand);
  put(at, item.customer);
  put(at, static_cast<std::int64_t>(item.at.time_since_epoch().count()));
  put_address(at, item.local);
  put_address(at, item.remote);
  out.append(header, sizeof header);
  out += text;
}

std::optional<Item> take_item(std::string_view& bytes) {
  if (bytes.size() < item_header) return std::nullopt;
  const char* at = bytes.data();
  const auto length = get<std::uint32_t>(at);
  if (length > text_max || bytes.size() - item_header < length) return std::nullopt;
  const auto kind = get<std::uint8_t>(at);
  const auto direction = get<std::uint8_t>(at);
  Item item;
  item.leg = get<std::uint8_t>(at);
  const auto transport = get<std::uint8_t>(at);
  const auto audience = get<std::uint8_t>(at);
  if (kind > static_cast<std::uint8_t>(Kind::quality) || direction > 1) return std::nullopt;
  if (audience > static_cast<std::uint8_t>(Audience::brand)) return std::nullopt;
  if (transport > static_cast<std::uint8_t>(net::Transport::wss)) return std::nullopt;
  item.kind = static_cast<Kind>(kind);
  item.audience = static_cast<Audience>(audience);
  item.direction = static_cast<Direction>(direction);
  item.transport = static_cast<net::Transport>(transport);
  item.call.high = get<std::uint64_t>(at);
  item.call.low = get<std::uint64_t>(at);
  item.brand = get<std::int64_t>(at);
  item.customer = get<std::int64_t>(at);
  item.at = Instant(Instant::duration(get<std::int64_t>(at)));
  item.local = get_address(at);
  item.remote = get_address(at);
  item.text = bytes.substr(item_header, length);
  bytes.remove_prefix(item_header + length);
  return item;
}

}  // namespace carillon::trace
