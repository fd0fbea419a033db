// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as frames of the control channel, one a line, to both ends: refused, or taken without harm; and a message that was
// read survives being written and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "control/client.hpp"
#include "control/server.hpp"
#include "support/virtual_loop.hpp"

namespace {

namespace control = carillon::control;

struct Nowhere final : control::Wire {
  bool send_frame(std::string_view frame) override {
    CARILLON_ASSERT(frame.size() <= control::frame_bytes_max);
    return true;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::test::VirtualLoop loop;
  Nowhere nowhere;
  control::Methods methods;
  methods.answer<control::CallsList>([](const control::Whose& whose, control::Respond<control::CallsList> respond) {
    respond(std::vector<control::LiveCall>(static_cast<std::size_t>(whose.limit % 250)));
  });
  methods.answer<control::CallsHangup>([](const control::CallsHangup::Params&, const control::Respond<control::CallsHangup>&) {});
  const auto session = std::make_shared<control::Session>(methods, nowhere);
  control::Client client(loop, nowhere);
  client.call<control::RegistrationsList>({}, carillon::Duration(1), [](const auto&) {});
  client.call<control::Health>({}, carillon::Duration(1), [](const auto&) {});

  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::string_view frame = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), frame.size() + 1));
    const auto message = control::decode(frame);
    if (message) CARILLON_ASSERT(control::decode(control::encode(*message)).has_value());
    (void)session->take(frame);
    (void)client.take(frame);
  }
  return 0;
}
