// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as datagrams of a media port, each behind its length: a header that is read lies in its packet, and losses are never
// more than can be. Each also as an address to which media should go: what the policy allows can be reached.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "media/address_policy.hpp"
#include "rtp/loss_counter.hpp"
#include "rtp/receiver_report.hpp"

namespace carillon {
namespace {

void check_destination(const media::AddressPolicy& policy, std::string_view bytes) {
  net::Address address;
  if (bytes.size() < address.bytes.size() + 2) return;
  std::ranges::copy(bytes.substr(0, address.bytes.size()), address.bytes.begin());
  address.port = static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[16]) << 8 | static_cast<std::uint8_t>(bytes[17]));
  static_cast<void>(media::is_private(address));
  if (!policy.allows(address)) return;
  CARILLON_ASSERT(address.port != 0 && !address.is_unspecified() && !address.is_loopback());
  CARILLON_ASSERT(!policy.is_own_host(address) || (address.port >= 1024 && address.port != 5060));
}

void check(std::string_view input) {
  static const net::Address own = *net::Address::parse("192.0.2.1", 0);
  static const media::AddressPolicy policy({own}, {own}, {own.with_port(5060)});
  rtp::LossCounter losses;
  std::uint64_t packets = 0;
  while (!input.empty()) {
    const std::size_t size = std::min<std::size_t>(static_cast<std::uint8_t>(input[0]), input.size() - 1);
    const std::string_view packet = input.substr(1, size);
    input.remove_prefix(1 + size);
    check_destination(policy, packet);
    static_cast<void>(rtp::find_report(packet));
    const auto header = rtp::parse_header(packet);
    if (rtp::classify(packet) != rtp::PacketKind::rtp || !header) continue;
    CARILLON_ASSERT(packet.size() >= 12 && header->payload_type < 128);
    losses.on_packet(*header);
    CARILLON_ASSERT(losses.lost() <= ++packets * 3000);
  }
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
