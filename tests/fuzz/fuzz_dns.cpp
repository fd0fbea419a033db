// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as what a name server says, about each type of record. What comes out is bounded, and every name and text is one that
// may be shown, asked for and sent.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "net/dns.hpp"
#include "net/network.hpp"

namespace carillon::net {
namespace {

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

void check(std::string_view bytes) {
  for (const DnsType type : {DnsType::a, DnsType::aaaa, DnsType::srv, DnsType::naptr}) {
    const DnsAnswer answer = read_dns_message(bytes, {"a.example", type});
    CARILLON_ASSERT(answer.records.size() <= dns_records_max && answer.ttl >= Duration::zero());
    CARILLON_ASSERT(answer.records.empty() == (answer.outcome != DnsOutcome::records));
    for (const DnsRecord& each : answer.records) {
      CARILLON_ASSERT(each.type == type && is_printable(each.service) && is_printable(each.flags));
      if (type == DnsType::a || type == DnsType::aaaa) {
        const auto address = Address::parse(each.value, 5060);
        CARILLON_ASSERT(address && address->is_v4() == (type == DnsType::a));
      } else {
        CARILLON_ASSERT(each.value.empty() || is_dns_name(each.value));
        CARILLON_ASSERT(type != DnsType::srv || each.port != 0 || each.value.empty());
      }
    }
  }
}

}  // namespace
}  // namespace carillon::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::net::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
