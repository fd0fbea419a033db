// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a session description: it parses or not, what it writes parses again to the same text, and what the far side gets
// never has other streams than what came in.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "sdp/offer_answer.hpp"
#include "sdp/relay.hpp"

namespace carillon::sdp {
namespace {

constexpr std::array<std::uint16_t, media_max> ports = {13000, 13002, 0,     13006, 13008, 13010, 13012, 13014,
                                                        13016, 13018, 13020, 13022, 13024, 13026, 13028, 13030};

void check_relayed(const Session& source, const Draft& draft) {
  LocalDescription local(7);
  const auto relayed = Session::parse(local.publish(draft));
  if (!relayed) {
    CARILLON_ASSERT(relayed.error().is(Fault::too_large));
    return;
  }
  CARILLON_ASSERT(relayed->media.size() == source.media.size());
  for (std::size_t i = 0; i < source.media.size(); ++i) {
    CARILLON_ASSERT(relayed->media[i].port == 0 || is_relayable(source.media[i]));
    CARILLON_ASSERT(relayed->media[i].find_attribute("crypto") == nullptr);
    CARILLON_ASSERT(relayed->media[i].find_attribute("candidate") == nullptr);
  }
}

void check(std::string_view text) {
  const auto session = Session::parse(text);
  if (!session) return;
  const std::string canonical = write(*session);
  if (const auto again = Session::parse(canonical)) {
    CARILLON_ASSERT(write(*again) == canonical);
  } else {
    CARILLON_ASSERT(again.error().is(Fault::too_large));
  }
  const RelayPorts relay{"198.51.100.1", ports};
  check_relayed(*session, make_relayed_offer(*session, relay));
  check_relayed(*session, make_relayed_answer(*session, *session, relay));
  OfferAnswer side(1);
  side.receive(Carrier::invite, &*session);
  CARILLON_ASSERT(is_held(*side.offered()) == is_held(*session));
}

}  // namespace
}  // namespace carillon::sdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::sdp::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
