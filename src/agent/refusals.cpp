// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/refusals.hpp"

namespace carillon::agent {

std::optional<Refusals::Refusal> Refusals::note(const net::Flow& flow, std::string_view bytes, const Error& error,
                                                Monotonic now) {
  malformed_.add();
  const std::string source = flow.remote.to_string();
  if (auto left_out = log_.admit(flow.remote.host(), now))
    log::warning("agent", "message.malformed",
                 {{"source", source}, {"fault", error.code}, {"what", error.what}, {"left_out", *left_out}});
  const int status = sip::status_for(error);
  if (status == 0) return std::nullopt;
  if (auto request = sip::Message::for_refusal(bytes)) return Refusal{.request = *request, .status = status};
  return std::nullopt;
}

void Refusals::note_greedy(const net::Address& source, std::string_view what, Monotonic now) {
  if (auto left_out = log_.admit(source.host(), now))
    log::warning("agent", "connection.closed", {{"source", source.to_string()}, {"too_much", what}, {"left_out", *left_out}});
}

}  // namespace carillon::agent
