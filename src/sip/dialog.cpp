// SPDX-License-Identifier: GPL-3.0-or-later
// Makes dialogs from messages, writes the head of requests, judges the peer's.
#include "sip/dialog.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace carillon::sip {
namespace {

constexpr std::size_t routes_max = 16;

/// A header value in one line: a fold counts as blanks.
std::string unfolded(std::string_view value) {
  std::string text(value);
  std::ranges::replace(text, '\r', ' ');
  std::ranges::replace(text, '\n', ' ');
  return text;
}

bool is_tag(std::string_view name) {
  return name.size() == 3 && (name[0] | 0x20) == 't' && (name[1] | 0x20) == 'a' && (name[2] | 0x20) == 'g';
}

/// From or To without its tag; display name, URI and other parameters as the peer wrote them.
std::string address_of(const Message& message, HeaderId id) {
  const std::string_view value = message.first(id).value_or(std::string_view());
  const NameAddr address = id == HeaderId::from ? message.from() : message.to();
  const std::string_view params = address.params.text();
  std::string text(value.substr(0, value.size() - params.size()));
  for (const Param& param : address.params) {
    if (!is_tag(param.name)) text.append(";").append(param.raw);
  }
  return unfolded(text);
}

/// What may stand as Request-URI: headers that a Contact or a route brings along may not (RFC 3261 §19.1.1, table 1).
std::string_view target_of(const Uri& uri) {
  return uri.headers.empty() ? uri.text : uri.text.substr(0, uri.text.size() - uri.headers.size() - 1);
}
std::string_view target_of(std::string_view text) {
  if (!text.contains('?')) return text;
  const auto uri = Uri::parse(text);
  return uri ? target_of(*uri) : text;
}

std::optional<std::string> contact_of(const Message& message) {
  const auto contact = message.contact();
  if (!contact || contact->star || !contact->address.uri.is_sip()) return std::nullopt;
  return std::string(target_of(contact->address.uri));
}

Result<std::vector<std::string>> record_routes_of(const Message& message) {
  std::vector<std::string> routes;
  for (std::string_view value : message.values(HeaderId::record_route)) {
    const auto address = NameAddr::parse(value);
    if (!address || !address->uri.is_sip()) return failure(DialogFault::bad_route, "a Record-Route is no SIP address");
    if (routes.size() == routes_max) return failure(DialogFault::bad_route, "too many Record-Routes");
    routes.push_back(unfolded(value));
  }
  return routes;
}

bool refreshes_target(Method method) {
  return method == Method::invite || method == Method::update || method == Method::subscribe || method == Method::notify ||
         method == Method::refer;
}

}  // namespace

Damage damage_of(int status) {
  switch (status) {
    case 404:
    case 410:
    case 416:
    case 482:
    case 483:
    case 484:
    case 485:
    case 502:
    case 604:
      return Damage::dialog;
    case 405:
    case 408:
    case 480:
    case 481:
    case 501:
      return Damage::usage;
    default:
      return Damage::none;
  }
}

Duration glare_delay(bool owns_call_id, std::uint64_t random) {
  constexpr Duration step = 10ms;
  // RFC 3261 §14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in steps of 10 ms.
  if (owns_call_id) return 2100ms + step * static_cast<int>(random % 191);
  return step * static_cast<int>(random % 201);
}

Result<Dialog> Dialog::from_request(const Message& request, std::string local_tag, std::string local_contact) {
  const bool is_invite = request.method() == Method::invite;
  CARILLON_ENSURE((is_invite || request.method() == Method::subscribe) && !local_tag.empty());
  auto target = contact_of(request);
  if (!target) return failure(DialogFault::no_contact, "what makes a dialog must have a Contact with a SIP URI");
  CARILLON_TRY(routes, record_routes_of(request));
  DialogState state;
  state.call_id = request.call_id();
  state.local_tag = std::move(local_tag);
  state.remote_tag = request.from_tag();
  state.local_address = address_of(request, HeaderId::to);
  state.remote_address = address_of(request, HeaderId::from);
  state.local_contact = std::move(local_contact);
  state.remote_target = std::move(*target);
  state.route_set = std::move(routes);
  state.remote_cseq = request.cseq_number();
  Dialog dialog(std::move(state), false);
  if (is_invite) dialog.remote_invite_cseq_ = request.cseq_number();
  return dialog;
}

Dialog Dialog::prepare(DialogState state) {
  CARILLON_ENSURE(!state.call_id.empty() && !state.local_tag.empty() && !state.remote_target.empty());
  return Dialog(std::move(state), true);
}

Result<Dialog> Dialog::from_response(const Message& response) const {
  const bool is_ours = response.call_id() == state_.call_id && response.from_tag() == state_.local_tag;
  const bool has_status = response.is_provisional() || response.is_success();
  if (!is_ours || !has_status || response.method() != Method::invite) {
    return failure(DialogFault::foreign, "not a 1xx or 2xx to the INVITE");
  }
  // Only a 2xx of a peer of RFC 2543 may lack the tag (RFC 3261 §12.1.2).
  if (response.status() == 100 || (response.to_tag().empty() && !response.is_success())) {
    return failure(DialogFault::no_tag, "a response without To tag makes no dialog");
  }
  Dialog dialog(state_, true);
  dialog.local_invite_cseq_ = local_invite_cseq_;
  dialog.state_.remote_tag = response.to_tag();
  dialog.state_.remote_address = address_of(response, HeaderId::to);
  CARILLON_CHECK(dialog.take_routes(response));
  dialog.state_.is_confirmed = response.is_success();
  return dialog;
}

Dialog Dialog::restore(DialogState state, bool is_initiator) {
  return Dialog(std::move(state), is_initiator);
}

bool Dialog::matches(const Message& message) const {
  const bool is_request = message.is_request();
  return message.call_id() == state_.call_id && (is_request ? message.to_tag() : message.from_tag()) == state_.local_tag &&
         (is_request ? message.from_tag() : message.to_tag()) == state_.remote_tag;
}

RequestCheck Dialog::check_request(const Message& request) {
  const std::uint32_t number = request.cseq_number();
  if (request.method() == Method::ack) return number == remote_invite_cseq_ ? RequestCheck::ok : RequestCheck::stray_ack;
  // RFC 3261 §12.2.2. Retransmissions never come here; gaps are normal (a challenge answered by a proxy on the way).
  if (state_.remote_cseq != 0 && number <= state_.remote_cseq) return RequestCheck::out_of_order;
  state_.remote_cseq = number;
  if (request.method() == Method::invite) remote_invite_cseq_ = number;
  return RequestCheck::ok;
}

Result<> Dialog::confirm(const Message& success) {
  CARILLON_ENSURE(is_initiator_ && success.is_success() && matches(success));
  CARILLON_CHECK(take_routes(success));
  state_.is_confirmed = true;
  return {};
}

/// Route set and remote target from a response to our INVITE (RFC 3261 §12.1.2). A response without Contact leaves the target.
Result<> Dialog::take_routes(const Message& response) {
  CARILLON_TRY(routes, record_routes_of(response));
  std::ranges::reverse(routes);
  state_.route_set = std::move(routes);
  refresh_target(response);
  return {};
}

void Dialog::refresh_target(const Message& message) {
  if (auto target = contact_of(message)) state_.remote_target = std::move(*target);
}

std::string_view Dialog::next_hop() const {
  if (state_.route_set.empty()) return state_.remote_target;
  const auto first = NameAddr::parse(state_.route_set.front());
  CARILLON_ENSURE(first.has_value());
  return first->uri.text;
}

/// RFC 3261 §12.2.1.1: a first hop without lr is a strict router, which wants itself in the Request-URI.
bool Dialog::is_strictly_routed() const {
  if (state_.route_set.empty()) return false;
  const auto first = NameAddr::parse(state_.route_set.front());
  CARILLON_ENSURE(first.has_value());
  return !first->uri.params.has("lr");
}

void Dialog::begin_request(Writer& writer, Method method, const RequestVia& via, unsigned max_forwards) {
  CARILLON_ENSURE(method != Method::cancel && method != Method::unknown);
  constexpr std::uint32_t cseq_max = 0x7fffffff;
  const bool is_ack = method == Method::ack;
  CARILLON_ENSURE(is_ack ? local_invite_cseq_ != 0 : state_.local_cseq < cseq_max);
  const std::uint32_t number = is_ack ? local_invite_cseq_ : ++state_.local_cseq;
  if (method == Method::invite) local_invite_cseq_ = number;

  const bool is_strict = is_strictly_routed();
  writer.request_line(method, target_of(is_strict ? next_hop() : std::string_view(state_.remote_target)));
  writer.via(via.transport, via.sent_by, via.branch);
  writer.header(HeaderId::max_forwards, std::uint64_t{max_forwards});
  for (std::size_t i = is_strict ? 1 : 0; i < state_.route_set.size(); ++i) writer.header(HeaderId::route, state_.route_set[i]);
  if (is_strict) writer.header(HeaderId::route, {"<", state_.remote_target, ">"});
  writer.header(HeaderId::from, {state_.local_address, ";tag=", state_.local_tag});
  writer.header(HeaderId::to, {state_.remote_address, state_.remote_tag.empty() ? "" : ";tag=", state_.remote_tag});
  writer.header(HeaderId::call_id, state_.call_id);
  writer.cseq(number, method);
  if (refreshes_target(method)) writer.header(HeaderId::contact, {"<", state_.local_contact, ">"});
}

void Dialog::keep_ack(std::string_view bytes) {
  ack_ = bytes;
  ack_cseq_ = local_invite_cseq_;
}

std::string_view Dialog::find_ack(const Message& success) const {
  const bool is_it = success.is_success() && success.method() == Method::invite && success.cseq_number() == ack_cseq_;
  return is_it && matches(success) ? std::string_view(ack_) : std::string_view();
}

}  // namespace carillon::sip
