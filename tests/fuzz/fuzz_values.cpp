// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as each of the small values that files, URLs and JSON bring: networks, addresses, instants, ids, amounts, forms. What
// is taken is written again and read as the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/id.hpp"
#include "base/ip_network.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "model/validate.hpp"
#include "net/network.hpp"

namespace carillon {
namespace {

void check_networks(std::string_view text) {
  if (const auto network = IpNetwork::parse(text)) {
    CARILLON_ASSERT(network->bits <= 128 && network->contains(network->bytes));
    CARILLON_ASSERT(model::has_form(text, model::Form::network));
  }
  if (const auto address = net::Address::parse(text, 5060)) {
    CARILLON_ASSERT(net::Address::parse(address->host(), 5060) == *address);
    CARILLON_ASSERT(net::Address::parse(address->uri_host(), 5060) == *address);
    const auto network = IpNetwork::parse(address->host());
    CARILLON_ASSERT(network && network->bits == 128 && network->contains(address->bytes));
  }
}

void check(std::string_view text) {
  check_networks(text);
  if (const auto instant = parse_rfc3339(text)) {
    const Instant milliseconds = std::chrono::floor<std::chrono::milliseconds>(*instant);
    const auto again = parse_rfc3339(to_rfc3339(milliseconds));
    CARILLON_ASSERT(again.has_value());
    CARILLON_ASSERT(to_rfc3339(*again) == to_rfc3339(milliseconds));
  }
  if (const auto id = from_base32(text)) CARILLON_ASSERT(*id >= 0 && from_base32(to_base32(*id)) == *id);
  if (const auto call = call_id_from_hex(text)) CARILLON_ASSERT(call_id_from_hex(to_hex(*call)) == *call);
  if (const auto money = parse_money(text)) {
    const auto again = parse_money(to_decimal(*money));
    CARILLON_ASSERT(again && *again == *money);
  }
  for (int form = 0; form <= static_cast<int>(model::Form::numbers); ++form)
    static_cast<void>(model::has_form(text, static_cast<model::Form>(form)));
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
