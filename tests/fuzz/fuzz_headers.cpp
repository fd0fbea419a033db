// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as the header lines of an INVITE that are not everybody's: routes, session timers, RAck, Replaces, Refer-To, Event,
// Reason, Session-ID, Accept, Diversion, History-Info. What is understood is written again and understood the same; a dialog made
// of it talks SIP.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "sip/acceptable.hpp"
#include "sip/dialog.hpp"
#include "sip/event.hpp"
#include "sip/reason.hpp"
#include "sip/redirection.hpp"
#include "sip/refer.hpp"
#include "sip/reliable_provisional.hpp"
#include "sip/session_id.hpp"
#include "sip/session_timer.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::sip {
namespace {

std::string invite(std::string_view lines) {
  return "INVITE sip:102@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nFrom: <sip:a@example.com>;tag=1\r\n"
         "To: <sip:102@example.com>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n" +
         std::string(lines.contains("Contact") ? "" : "Contact: <sip:a@192.0.2.9>\r\n") + std::string(lines) +
         "\r\nContent-Length: 0\r\n\r\n";
}

struct Deaf final : SessionTimer::Listener {
  void on_refresh_due() override {}
  void on_session_expired() override {}
};

void check_session_timer(const Message& message) {
  const auto least = too_brief_session(message);
  CARILLON_ASSERT(!least || *least >= session_interval_min);
  test::VirtualLoop loop;
  Deaf deaf;
  SessionTimer timer(loop, deaf, 1800);
  const SessionTimer::Agreement agreed = timer.agree(message);
  std::string out;
  Writer writer(out);
  timer.write_answer(writer, message);
  if (!least) CARILLON_ASSERT(agreed.interval == 0 || agreed.interval >= session_interval_min);
  CARILLON_ASSERT(timer.agreement().interval == agreed.interval && timer.agreement().is_ours == agreed.is_ours);
}

void check_replaces(std::string_view value) {
  const auto replaces = Replaces::parse(value);
  if (!replaces) return;
  const auto again = Replaces::parse(replaces->call_id + ";to-tag=" + replaces->to_tag + ";from-tag=" + replaces->from_tag);
  CARILLON_ASSERT(again && again->call_id == replaces->call_id && again->to_tag == replaces->to_tag);
  CARILLON_ASSERT(again->from_tag == replaces->from_tag);
}

void check_passed_on(const Message& message) {
  if (const std::string reason = reason_to_pass_on(message); !reason.empty()) {
    const std::string text = invite("Reason: " + reason);
    const auto again = Message::parse(text);
    CARILLON_ASSERT(again && reason_to_pass_on(*again) == reason);
  }
  if (const auto event = Event::of(message)) {
    const std::string text = invite("Event: " + event->text());
    const auto again = Message::parse(text);
    CARILLON_ASSERT(again && Event::of(*again) == event);
  }
  if (const auto id = SessionId::of_sender(message)) CARILLON_ASSERT(SessionId::parse(id->text()) == id);
}

/// What is told on of whoever sent the call here is one value, and reads the same.
void check_redirection(const Message& message) {
  Redirection read = read_redirection(message);
  CARILLON_ASSERT(read.count <= 100);
  if (read.user.empty()) return;
  const std::string address = "sip:" + escape_user(read.user) + "@example.com";
  for (const std::string& line :
       {"Diversion: " + write_diversion(read, address), "History-Info: " + write_history(read, address, "sip:b@192.0.2.1")}) {
    const std::string text = invite(line);
    const auto again = Message::parse(text);
    CARILLON_ASSERT(again);
    const Redirection back = read_redirection(*again);
    CARILLON_ASSERT(back.user == read.user && back.is_private == read.is_private);
  }
}

/// What answers the dialog's peer must be SIP, whatever the routes were.
void check_dialog(const Message& message) {
  auto dialog = Dialog::from_request(message, "t", "sip:b@192.0.2.1");
  if (!dialog) return;
  CARILLON_ASSERT(dialog->state().route_set.size() <= 16);
  std::string out;
  Writer writer(out);
  dialog->begin_request(writer, Method::bye, {.transport = "UDP", .sent_by = "192.0.2.1:5060", .branch = "z9hG4bK2"});
  writer.end();
  const auto bye = Message::parse(out);
  CARILLON_ASSERT(bye ? bye->to_tag() == "1" : bye.error().is(Fault::header_too_large));
  CARILLON_ASSERT(!dialog->next_hop().empty());
  CARILLON_ASSERT(Dialog::restore(dialog->state(), false).state() == dialog->state());
}

void check(std::string_view lines) {
  const std::string text = invite(lines);
  const auto message = Message::parse(text);
  if (!message) return;
  check_session_timer(*message);
  check_passed_on(*message);
  check_dialog(*message);
  check_redirection(*message);
  for (const std::string_view value : message->values(HeaderId::replaces)) check_replaces(value);
  if (const auto target = read_refer_to(*message)) CARILLON_ASSERT(!target->user.empty() || target->replaces);
  const int status = unacceptable_status(*message);
  CARILLON_ASSERT(status == 0 || status == 406 || status == 415);
  static_cast<void>(accepts(*message, "application/sdp"));
  if (const auto rack = Rack::parse(message->first(HeaderId::rack).value_or(""))) CARILLON_ASSERT(rack->cseq <= 0x7fffffff);
}

}  // namespace
}  // namespace carillon::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::sip::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
