// SPDX-License-Identifier: GPL-3.0-or-later
#include "call/description.hpp"

#include "sdp/relay.hpp"

namespace carillon::call {

bool has_sdp(const sip::Message& message) {
  const std::optional<sip::MediaType> type = message.content_type();
  return type && type->is("application", "sdp") && !message.body().empty();
}

std::optional<sdp::Session> description_in(const sip::Message& message) {
  if (!has_sdp(message)) return std::nullopt;
  auto session = sdp::Session::parse(message.body());
  return session ? std::optional<sdp::Session>(std::move(*session)) : std::nullopt;
}

Result<sdp::Session> read_offer(const sip::Message& invite) {
  CARILLON_TRY(session, sdp::Session::parse(invite.body()));
  if (!sdp::has_relayable(session)) return failure(sdp::Fault::bad_media, "no stream that can be relayed");
  return std::move(session);
}

int offer_status(const Error& error) {
  return error.is(sdp::Fault::not_sdp) || error.is(sdp::Fault::bad_media) ? 488 : 400;
}

}  // namespace carillon::call
