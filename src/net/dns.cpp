// SPDX-License-Identifier: GPL-3.0-or-later
// One pass over the records of a message, each within its own bounds, then the aliases are followed among what was found.
#include "net/dns.hpp"

#include <algorithm>
#include <optional>

#include "base/utf8.hpp"
#include "net/network.hpp"

namespace carillon::net {
namespace {

constexpr std::size_t name_max = 253;
constexpr std::size_t label_max = 63;
constexpr std::size_t aliases_max = 8;     ///< That are followed; a server has put the whole chain into its answer.
constexpr std::size_t pointers_max = 127;  ///< Of one name: as many labels as fit.
constexpr std::size_t read_max = 2048;     ///< Records of one message that are looked at.
constexpr std::uint16_t type_cname = 5, class_internet = 1;
constexpr std::size_t code_no_such_name = 3;

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Where reading is; nothing is read beyond the end, and then it is broken for good.
class Reader {
 public:
  explicit Reader(std::string_view message) : message_(message) {}

  bool is_broken() const { return is_broken_; }
  std::size_t at() const { return at_; }

  std::size_t number(std::size_t size) {
    if (!has(size)) return 0;
    std::size_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | byte(at_ + i);
    at_ += size;
    return value;
  }
  std::string_view bytes(std::size_t size) {
    if (!has(size)) return {};
    at_ += size;
    return message_.substr(at_ - size, size);
  }
  /// RFC 1035 §3.3: a length and so many bytes.
  std::string_view text() { return bytes(number(1)); }

  /// RFC 1035 §4.1.4: labels, of which the last may point to where the name goes on. Pointers lead back, each before the one that
  /// it was read from, so they end. Nothing when it is no name that may be asked for; reading goes on behind it all the same.
  std::optional<std::string> name() {
    std::string read;
    bool is_good = true;
    std::size_t from = at_, start = at_, pointers = 0;
    std::optional<std::size_t> behind;
    while (true) {
      if (from >= message_.size()) return broken();
      const std::size_t length = byte(from);
      if (length >= 0xc0) {
        if (from + 1 >= message_.size()) return broken();
        if (!behind) behind = from + 2;
        const std::size_t to = (length & 0x3f) << 8 | byte(from + 1);
        if (to >= start || ++pointers > pointers_max) return broken();
        start = from = to;
        continue;
      }
      if (length > label_max || from + length >= message_.size()) return broken();
      if (length == 0) break;
      const std::string_view label = message_.substr(from + 1, length);
      is_good = is_good && is_printable(label) && label.find_first_of(".\\") == std::string_view::npos;
      if (read.size() + length + 1 > name_max + 2) return broken();
      if (!read.empty()) read.push_back('.');
      read.append(label);
      from += length + 1;
    }
    at_ = behind.value_or(from + 1);
    if (!is_good || read.size() > name_max) return std::nullopt;
    return lower_case(read);
  }

 private:
  bool has(std::size_t size) {
    if (message_.size() - at_ < size) broken();
    return !is_broken_;
  }
  std::nullopt_t broken() {
    is_broken_ = true;
    at_ = message_.size();
    return std::nullopt;
  }
  std::size_t byte(std::size_t at) const { return static_cast<unsigned char>(message_[at]); }

  std::string_view message_;
  std::size_t at_ = 0;
  bool is_broken_ = false;
};

struct Found {
  std::string owner;
  std::size_t ttl_s = 0;
  DnsRecord record;
};
struct Alias {
  std::string owner, target;
  std::size_t ttl_s = 0;
};

std::optional<DnsRecord> read_address(Reader& reader, DnsType type, std::size_t size) {
  const std::string_view bytes = reader.bytes(size);
  if (bytes.size() != (type == DnsType::a ? 4U : 16U)) return std::nullopt;
  Address address;
  if (type == DnsType::a) address.bytes[10] = address.bytes[11] = 0xff;
  std::ranges::transform(bytes, address.bytes.end() - static_cast<std::ptrdiff_t>(size),
                         [](char c) { return static_cast<std::uint8_t>(c); });
  if (address.is_v4() != (type == DnsType::a)) return std::nullopt;
  return DnsRecord{.type = type, .value = address.host()};
}

std::optional<DnsRecord> read_service(Reader& reader) {
  DnsRecord record{.type = DnsType::srv, .value = {}};
  record.priority = static_cast<std::uint16_t>(reader.number(2));
  record.weight = static_cast<std::uint16_t>(reader.number(2));
  record.port = static_cast<std::uint16_t>(reader.number(2));
  auto target = reader.name();
  if (!target || (record.port == 0 && !target->empty())) return std::nullopt;
  record.value = *std::move(target);
  return record;
}

std::optional<DnsRecord> read_pointer(Reader& reader) {
  DnsRecord record{.type = DnsType::naptr, .value = {}};
  record.priority = static_cast<std::uint16_t>(reader.number(2));
  record.preference = static_cast<std::uint16_t>(reader.number(2));
  record.flags = reader.text();
  record.service = reader.text();
  reader.text();  // The expression, which no service of SIP has (RFC 3263 §4.1); then there is no replacement.
  auto replacement = reader.name();
  if (!replacement || !is_printable(record.flags) || !is_printable(record.service)) return std::nullopt;
  record.value = *std::move(replacement);
  return record;
}

std::optional<DnsRecord> read_record(Reader& reader, DnsType type, std::size_t size) {
  switch (type) {
    case DnsType::a:
    case DnsType::aaaa:
      return read_address(reader, type, size);
    case DnsType::srv:
      return read_service(reader);
    case DnsType::naptr:
      return read_pointer(reader);
  }
  return std::nullopt;
}

/// The answer section.
struct Section {
  std::vector<Found> found;
  std::vector<Alias> aliases;

  /// One record, within its own length.
  void read(Reader& message, std::string_view bytes, DnsType wanted) {
    const auto owner = message.name();
    const std::size_t type = message.number(2), its_class = message.number(2), ttl = message.number(4), size = message.number(2);
    Reader data(bytes.substr(0, std::min(bytes.size(), message.at() + size)));
    data.bytes(message.at());
    message.bytes(size);
    if (message.is_broken() || !owner || its_class != class_internet) return;
    const std::size_t ttl_s = ttl >> 31 != 0 ? 0 : ttl;  // RFC 2181 §8.
    if (type == type_cname && aliases.size() < dns_records_max) {
      if (auto target = data.name()) aliases.push_back({*owner, *std::move(target), ttl_s});
    } else if (type == static_cast<std::size_t>(wanted)) {
      auto record = read_record(data, wanted, size);
      if (record && !data.is_broken()) found.push_back({*owner, ttl_s, *std::move(record)});
    }
  }

  /// What the name itself has, or where its aliases lead.
  DnsAnswer about(std::string name) const {
    std::size_t ttl_s = 0x7fffffff;
    for (std::size_t i = 0; i < aliases_max; ++i) {
      const auto alias = std::ranges::find(aliases, name, &Alias::owner);
      if (alias == aliases.end()) break;
      name = alias->target;
      ttl_s = std::min(ttl_s, alias->ttl_s);
    }
    DnsAnswer answer{.outcome = DnsOutcome::no_records, .records = {}};
    for (const Found& each : found) {
      if (each.owner != name || answer.records.size() == dns_records_max) continue;
      answer.records.push_back(each.record);
      ttl_s = std::min(ttl_s, each.ttl_s);
    }
    if (answer.records.empty()) return answer;
    answer.outcome = DnsOutcome::records;
    answer.ttl = std::chrono::seconds(ttl_s);
    return answer;
  }
};

}  // namespace

bool is_dns_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > name_max || !is_printable(name) || name.contains('\\')) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.' && label == 0) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > label_max) return false;
  }
  return label > 0;
}

DnsAnswer read_dns_message(std::string_view bytes, const DnsQuestion& question) {
  Reader message(bytes);
  message.number(2);
  const std::size_t code = message.number(2) & 0xf;
  const std::size_t questions = message.number(2), answers = message.number(2);
  message.number(4);
  if (message.is_broken() || (code != 0 && code != code_no_such_name) || questions > 1) return {};
  if (questions == 1) {
    message.name();
    message.number(4);
  }
  Section section;
  for (std::size_t i = 0; i < std::min(answers, read_max) && !message.is_broken(); ++i)
    section.read(message, bytes, question.type);
  if (message.is_broken()) return {};
  std::string name = lower_case(question.name);
  if (name.ends_with('.')) name.pop_back();
  return section.about(std::move(name));
}

}  // namespace carillon::net
