// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/fault_phrase.hpp"

#include "sip/fault.hpp"

namespace carillon::agent {

std::string phrase_for(const Error& error, const sip::Message& request) {
  using enum sip::HeaderId;
  using enum sip::Fault;
  const auto bad = [](sip::HeaderId id) { return "Bad " + std::string(sip::header_name(id)); };
  if (error.is(missing_header)) return "Missing " + error.what;  // The parser's own word for it.
  if (error.is(bad_via)) return bad(via);
  if (error.is(bad_call_id)) return bad(call_id);
  if (error.is(bad_cseq) || error.is(method_mismatch)) return bad(cseq);
  if (error.is(bad_max_forwards)) return bad(max_forwards);
  if (error.is(bad_content_length) || error.is(body_too_short)) return bad(content_length);
  // These are addresses, and may be faulty in many ways.
  for (const sip::HeaderId id : {from, to, contact})
    if (const auto value = request.first(id); value && *value != "*" && !sip::NameAddr::parse(*value)) return bad(id);
  const bool needs_contact = request.method() == sip::Method::invite;  // RFC 3261 §8.1.1.8.
  if (needs_contact && !request.has(contact)) return "Missing Contact";
  return {};
}

}  // namespace carillon::agent
