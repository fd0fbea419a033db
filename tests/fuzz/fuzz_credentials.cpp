// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as credentials and as a challenge: what parses can be verified and is never right, its nonce being none of ours; what
// can be answered gives credentials that parse.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "sip/digest.hpp"

namespace carillon::sip {
namespace {

void check(std::string_view value) {
  static Nonces nonces(64);  // Made once: fetching the algorithms takes longer than a run.
  if (const auto credentials = Credentials::parse(value)) {
    const Verdict verdict =
        nonces.verify(*credentials, nonces.dummy(), credentials->realm,
                      {.method = "REGISTER", .uri = "sip:example.com", .source = "192.0.2.1", .now = Monotonic(1000s)});
    CARILLON_ASSERT(verdict == Verdict::stale || verdict == Verdict::malformed);
  }
  if (const auto challenge = Challenge::parse(value)) {
    const auto reply = answer(nonces.hasher(), *challenge, {.user = "alice", .password = "x"},
                              {.method = "REGISTER", .uri = "sip:example.com", .cnonce = "c"});
    CARILLON_ASSERT(reply.has_value());
    const auto credentials = Credentials::parse(*reply);
    CARILLON_ASSERT(credentials && credentials->realm == challenge->realm && credentials->nonce == challenge->nonce);
    CARILLON_ASSERT(credentials->algorithm == challenge->algorithm && credentials->has_qop == challenge->qop_auth);
  }
}

}  // namespace
}  // namespace carillon::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::sip::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
