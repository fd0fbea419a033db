// SPDX-License-Identifier: GPL-3.0-or-later
#include "billing/call_event.hpp"

#include <boost/json/value.hpp>

#include "model/json.hpp"

namespace carillon::billing {

store::Event event_of(const model::Call& call) {
  // All texts of a record together are far below what remains.
  constexpr std::size_t attempts_max = 12'000;
  boost::json::object data = model::to_json(call);
  data.erase("carrierAttempts");  // Events are customers' to hear.
  if (call.attempts.text.size() > attempts_max) data["attempts"] = nullptr;
  return {.type = std::string(call_ended), .data = std::move(data), .at = call.ended_at, .id = "evt_" + to_hex(call.id)};
}

}  // namespace carillon::billing
