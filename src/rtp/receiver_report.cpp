// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtp/receiver_report.hpp"

namespace carillon::rtp {

namespace {

constexpr std::size_t header_bytes = 8;  // With the reporter's SSRC.
constexpr std::size_t sender_bytes = 20;
constexpr std::size_t report_bytes = 24;
constexpr std::uint8_t sender_report = 200;
constexpr std::uint8_t receiver_report = 201;

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

}  // namespace

std::optional<ReceiverReport> find_report(std::string_view rtcp) {
  while (rtcp.size() >= header_bytes) {
    const auto first = static_cast<std::uint8_t>(rtcp[0]);
    const auto type = static_cast<std::uint8_t>(rtcp[1]);
    const std::size_t size = 4 * (std::size_t{number(rtcp, 2, 2)} + 1);
    if (first >> 6U != 2 || size > rtcp.size()) return std::nullopt;
    const std::size_t at = header_bytes + (type == sender_report ? sender_bytes : 0);
    const bool has_report = (type == sender_report || type == receiver_report) && (first & 0x1fU) != 0;
    if (has_report && at + report_bytes <= size) {
      const std::uint32_t lost = number(rtcp, at + 5, 3);  // 24 bits with a sign.
      return ReceiverReport{.lost = static_cast<std::int32_t>(lost) - ((lost & 0x800000U) != 0 ? 0x1000000 : 0),
                            .jitter = number(rtcp, at + 12, 4)};
    }
    rtcp.remove_prefix(size);
  }
  return std::nullopt;
}

}  // namespace carillon::rtp
