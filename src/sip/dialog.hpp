// SPDX-License-Identifier: GPL-3.0-or-later
// One dialog (RFC 3261 §12): what both sides must remember to talk on. It writes the head of our requests and judges the peer's;
// no I/O, no timers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sip/message.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {

/// Everything a dialog is, in plain strings and numbers: for the journal, and to make one.
struct DialogState {
  std::string call_id;
  std::string local_tag;
  std::string remote_tag;              ///< Empty until a response or request brought it, and with peers of RFC 2543.
  std::string local_address;           ///< As in From or To, without the tag: `"Alice" <sip:alice@example.com>`.
  std::string remote_address;          ///< Likewise.
  std::string local_contact;           ///< URI.
  std::string remote_target;           ///< URI: the peer's Contact.
  std::vector<std::string> route_set;  ///< Whole Route values in the order in which we write them: "<sip:proxy;lr>".
  std::uint32_t local_cseq = 0;        ///< Of our last request.
  std::uint32_t remote_cseq = 0;       ///< Of the peer's last request; 0: none yet.
  bool is_confirmed = false;
  bool operator==(const DialogState&) const = default;
};

enum class DialogFault : std::uint8_t {
  no_contact,  ///< No usable Contact where RFC 3261 wants one: answer 400.
  bad_route,   ///< A Record-Route that is no list of SIP addresses, or a longer one than 16: answer 400.
  no_tag,      ///< The response makes no dialog: a 1xx without To tag, or a 100.
  foreign,     ///< The response belongs to another call, or is no success or provisional.
};
constexpr std::string_view name_of(DialogFault fault) {
  constexpr std::string_view names[] = {"sip.no_contact", "sip.bad_route", "sip.no_tag", "sip.foreign"};
  return names[static_cast<std::size_t>(fault)];
}

/// The top Via of a request, from whoever chose the way: `agent` knows transport and address once it has the hop for next_hop().
struct RequestVia {
  std::string_view transport;  ///< "UDP".
  std::string_view sent_by;    ///< "192.0.2.1:5060".
  std::string_view branch;     ///< From make_branch().
};

/// A request in a dialog, judged before anything else looks at it.
enum class RequestCheck : std::uint8_t {
  ok,            ///< Its CSeq is noted.
  out_of_order,  ///< CSeq not above the last: answer 500 (RFC 3261 §12.2.2).
  stray_ack,     ///< An ACK for another INVITE than the last: ignore it.
};

/// What a failure response within a dialog does to it (RFC 5057 §5.1), for the INVITE usage.
enum class Damage : std::uint8_t { none, usage, dialog };
Damage damage_of(int status);

/// How long to wait before an INVITE that got 491 is tried again (RFC 3261 §14.1). The owner of the Call-ID made the dialog's
/// first INVITE.
Duration glare_delay(bool owns_call_id, std::uint64_t random);

class Dialog {
 public:
  /// The peer's INVITE or SUBSCRIBE makes a dialog with our first response that has a tag; `local_tag` from make_tag().
  static Result<Dialog> from_request(const Message& request, std::string local_tag, std::string local_contact);

  /// A dialog that we begin: `state` has all but the remote tag, the remote target is the Request-URI, the route set what the
  /// first request must pass (an outbound proxy, a Path). It writes the first request (again, after a 401 or 407); responses make
  /// dialogs of it by from_response().
  static Dialog prepare(DialogState state);

  /// The early or confirmed dialog that a 1xx or 2xx to the prepared INVITE makes. Each To tag of a fork makes another.
  Result<Dialog> from_response(const Message& response) const;

  /// From the journal.
  static Dialog restore(DialogState state, bool is_initiator);
  const DialogState& state() const { return state_; }

  const std::string& call_id() const { return state_.call_id; }
  const std::string& local_tag() const { return state_.local_tag; }
  const std::string& remote_tag() const { return state_.remote_tag; }
  bool is_confirmed() const { return state_.is_confirmed; }
  /// True when our INVITE made it, so that our Call-ID is in it.
  bool is_initiator() const { return is_initiator_; }

  /// Whether the message, received within the dialog, belongs here: Call-ID and both tags. Never its source (rulings 4).
  bool matches(const Message& message) const;

  /// The peer's request: checks its CSeq and notes it.
  RequestCheck check_request(const Message& request);

  /// The 2xx that we send to the INVITE of from_request(), or that came to ours: the dialog stays until a BYE. A 2xx from the
  /// peer also replaces route set and remote target of the early dialog (RFC 3261 §13.2.2.4).
  void confirm() { state_.is_confirmed = true; }
  Result<> confirm(const Message& success);

  /// Takes the Contact of a re-INVITE or UPDATE (or its 2xx) as the new remote target. Call it when the request succeeded, never
  /// before. No Contact: nothing changes.
  void refresh_target(const Message& message);

  /// Where the next request goes: the URI whose host is to be resolved, or whose flow is known (first Route, else remote target).
  std::string_view next_hop() const;

  /// Writes request line, Via, Max-Forwards, Route, From, To, Call-ID, CSeq, and Contact where the method may refresh the target.
  /// The caller goes on with further headers and body() or end(). An ACK gets the CSeq of our last INVITE; any other method a new
  /// one.
  void begin_request(Writer& writer, Method method, const RequestVia& via, unsigned max_forwards = 70);

  /// Keeps the ACK of our INVITE's 2xx to send it again; find_ack() returns it for a repeated 2xx of the same INVITE, else
  /// nothing.
  void keep_ack(std::string_view bytes);
  std::string_view find_ack(const Message& success) const;

 private:
  Dialog(DialogState state, bool is_initiator) : state_(std::move(state)), is_initiator_(is_initiator) {}
  bool is_strictly_routed() const;
  Result<> take_routes(const Message& response);

  DialogState state_;
  bool is_initiator_;
  std::uint32_t local_invite_cseq_ = 0;
  std::uint32_t remote_invite_cseq_ = 0;
  std::string ack_;  ///< Of the 2xx to the INVITE with that number.
  std::uint32_t ack_cseq_ = 0;
};

}  // namespace carillon::sip
