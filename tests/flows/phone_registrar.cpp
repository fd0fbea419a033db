// SPDX-License-Identifier: GPL-3.0-or-later
// A carrier's registrar: one account, and what it is told to say.
#include "flows/phone.hpp"

namespace carillon::flows {

void Phone::call_at(std::string uri, const std::string& number) {
  target_ = std::move(uri);
  call(number);
  target_.clear();
}

void Phone::receive_register(const sip::Message& request) {
  const bool is_first = registrar.call_id.empty();
  const bool is_next = request.call_id() == registrar.call_id && request.cseq_number() > registrar.cseq;
  const bool is_same = request.call_id() == registrar.call_id && request.cseq_number() == registrar.cseq;
  if (is_same && registrar.status == 0) return;  // Said again, since nobody answers.
  registrar.is_in_order = registrar.is_in_order && (is_first || is_next);
  registrar.call_id = request.call_id();
  registrar.cseq = request.cseq_number();
  ++registrar.requests;
  if (registrar.status == 0 || take_credentials(request)) return;
  const auto contact = request.contact();
  const std::uint32_t asked = request.expires().value_or(0);
  auto transaction = transactions_.accept(request, hop_);
  if (!transaction || !contact) return;
  const bool is_brief = asked != 0 && asked < registrar.least;
  const int status = is_brief ? 423 : registrar.status;
  if (status == 200) registrar.contact = asked == 0 ? "" : contact->address.uri.text;
  const std::uint32_t granted = registrar.granted == 0 || asked == 0 ? asked : registrar.granted;
  std::string out;
  sip::Writer writer(out);
  sip::write_response_head(writer, request, {.status = status, .to_tag = sip::make_tag(0)});
  if (is_brief) writer.header(sip::HeaderId::min_expires, std::uint64_t{registrar.least});
  if (status == 200) writer.header(sip::HeaderId::contact, "<sip:somebody.else@192.0.2.99>;expires=7");
  if (status == 200 && asked != 0)
    writer.header(sip::HeaderId::contact, fmt::format("<{}>;expires={}", registrar.contact, granted));
  writer.end();
  transactions_.respond((*transaction)->id(), status, out);
  if (registrar.hangs_up && status == 200 && asked != 0 && stream_) stream_->close();
}

}  // namespace carillon::flows
