// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of offer/answer, one function per kind of message.
#include "sdp/offer_answer.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"
#include "sdp/tokens.hpp"

namespace carillon::sdp {

using Verdict = OfferAnswer::Verdict;

Result<LocalDescription> LocalDescription::restore(std::string_view text) {
  CARILLON_TRY(session, Session::parse(text));
  const auto session_id = parse_number<std::uint64_t>(session.origin.session_id);
  const auto version = parse_number<std::uint64_t>(session.origin.version);
  const std::size_t name_line = text.find("\ns=");
  if (!session_id || !version || name_line == std::string_view::npos) {
    return failure(Fault::bad_line, "the description has no o= line of ours");
  }
  LocalDescription local(*session_id);
  local.version_ = *version;
  local.lines_at_ = name_line + 1;
  local.text_ = text;
  return local;
}

std::string_view LocalDescription::publish(const Draft& draft) {
  if (!text_.empty()) {
    if (says(draft)) return text_;
    ++version_;
  }
  text_ = fmt::format("v=0\r\no=- {} {} {}\r\n", session_id_, version_, draft.connection);
  lines_at_ = text_.size();
  text_ += draft.lines;
  return text_;
}

Result<OfferAnswer> OfferAnswer::restore(std::string_view local, std::string_view remote) {
  CARILLON_TRY(description, LocalDescription::restore(local));
  OfferAnswer restored(std::move(description));
  if (!remote.empty()) {
    CARILLON_TRY(session, Session::parse(remote));
    restored.remote_ = std::move(session);
  }
  return restored;
}

const Session* OfferAnswer::remote() const {
  if (state_ == State::local_offer && pending_) return &*pending_;
  return remote_ ? &*remote_ : nullptr;
}

Verdict OfferAnswer::receive(Carrier carrier, const Session* description) {
  switch (carrier) {
    case Carrier::invite:
      return receive_invite(description);
    case Carrier::provisional:
      return receive_provisional(description);
    case Carrier::reliable:
      return receive_reliable(description);
    case Carrier::success:
      return receive_success(description);
    case Carrier::ack:
      return receive_ack(description);
    case Carrier::prack:
      return receive_prack(description);
    case Carrier::update:
      return receive_new_offer(Carrier::update, description);
    case Carrier::prack_success:
      return receive_answer(Carrier::prack, description);
    case Carrier::update_success:
      return receive_answer(Carrier::update, description);
  }
  return {};
}

namespace {

constexpr std::uint16_t server_error = 500;
constexpr std::uint16_t not_acceptable = 488;
constexpr std::uint16_t pending = 491;

/// RFC 3264 §8: m= lines are never taken away.
bool loses_lines(const std::optional<Session>& agreed, const Session& offer) {
  return agreed && offer.media.size() < agreed->media.size();
}

}  // namespace

Verdict OfferAnswer::receive_invite(const Session* description) {
  // RFC 3261 §14.2: a second INVITE before our answer is 500, one that crosses ours is 491.
  if (remote_invite_ || state_ == State::remote_offer) return {Meaning::refused, server_error};
  if (local_invite_ || state_ == State::local_offer) return {Meaning::refused, pending};
  if (description != nullptr && loses_lines(remote_, *description)) return {Meaning::refused, not_acceptable};
  remote_invite_ = true;
  agreed_ = false;
  if (description == nullptr) return {Meaning::wanted};
  state_ = State::remote_offer;
  offer_in_ = Carrier::invite;
  pending_ = *description;
  return {Meaning::offer};
}

/// An offer in an UPDATE or PRACK (RFC 3311 §5.2).
Verdict OfferAnswer::receive_new_offer(Carrier carrier, const Session* description) {
  if (description == nullptr) return {Meaning::nothing};
  if (state_ == State::remote_offer || (remote_invite_ && !agreed_)) return {Meaning::refused, server_error};
  if (state_ == State::local_offer || (local_invite_ && !agreed_)) return {Meaning::refused, pending};
  if (loses_lines(remote_, *description)) return {Meaning::refused, not_acceptable};
  state_ = State::remote_offer;
  offer_in_ = carrier;
  pending_ = *description;
  return {Meaning::offer};
}

/// The 2xx to our UPDATE or PRACK, the PRACK to our reliable offer.
Verdict OfferAnswer::receive_answer(Carrier offer_in, const Session* description) {
  if (state_ != State::local_offer || offer_in_ != offer_in) return {Meaning::nothing};
  state_ = State::stable;
  pending_.reset();
  if (description == nullptr) return {Meaning::missing};
  remote_ = *description;
  return {Meaning::answer};
}

Verdict OfferAnswer::receive_prack(const Session* description) {
  if (state_ == State::local_offer && offer_in_ == Carrier::reliable) return receive_answer(Carrier::reliable, description);
  return receive_new_offer(Carrier::prack, description);
}

Verdict OfferAnswer::receive_reliable(const Session* description) {
  if (!local_invite_ || description == nullptr) return {Meaning::nothing};
  if (agreed_) return {Meaning::repeated};
  if (state_ == State::local_offer) {
    if (offer_in_ != Carrier::invite) return {Meaning::repeated};
    state_ = State::stable;
    agreed_ = true;
    remote_ = *description;
    pending_.reset();
    return {Meaning::answer};
  }
  if (state_ != State::stable) return {Meaning::repeated};
  state_ = State::remote_offer;
  offer_in_ = Carrier::reliable;
  agreed_ = true;
  pending_ = *description;
  return {Meaning::offer};
}

Verdict OfferAnswer::receive_provisional(const Session* description) {
  if (description == nullptr) return {Meaning::nothing};
  if (!local_invite_ || state_ != State::local_offer || offer_in_ != Carrier::invite) return {Meaning::repeated};
  if (pending_ && same_but_origin(*pending_, *description)) return {Meaning::repeated};
  pending_ = *description;
  return {Meaning::preview};
}

Verdict OfferAnswer::receive_success(const Session* description) {
  if (!local_invite_) return {description != nullptr ? Meaning::repeated : Meaning::nothing};
  local_invite_ = false;
  if (agreed_) return {description != nullptr ? Meaning::repeated : Meaning::nothing};
  if (state_ == State::local_offer) {
    state_ = State::stable;
    // A 2xx without the answer that a 1xx previewed is against RFC 3261 §13.2.1, but what it means is plain.
    if (description == nullptr && !pending_) return {Meaning::missing};
    const bool is_repeated = pending_ && (description == nullptr || same_but_origin(*pending_, *description));
    remote_ = description != nullptr ? std::optional<Session>(*description) : std::move(pending_);
    pending_.reset();
    return {is_repeated ? Meaning::repeated : Meaning::answer};
  }
  if (description == nullptr) return {Meaning::missing};
  state_ = State::remote_offer;
  offer_in_ = Carrier::success;
  pending_ = *description;
  return {Meaning::offer};
}

Verdict OfferAnswer::receive_ack(const Session* description) {
  if (!ack_due_) return {Meaning::nothing};
  ack_due_ = false;
  if (state_ != State::local_offer || offer_in_ != Carrier::success) return {Meaning::nothing};
  state_ = State::stable;
  if (description == nullptr) return {Meaning::missing};
  remote_ = *description;
  return {Meaning::answer};
}

OfferAnswer::Due OfferAnswer::due_in(Carrier carrier) const {
  const bool answers_invite = carrier == Carrier::success || carrier == Carrier::reliable;
  if (state_ == State::remote_offer) {
    switch (offer_in_) {
      case Carrier::invite:
        return answers_invite ? Due::answer : Due::nothing;
      case Carrier::success:
        return carrier == Carrier::ack ? Due::answer : Due::nothing;
      case Carrier::reliable:
        return carrier == Carrier::prack ? Due::answer : Due::nothing;
      case Carrier::prack:
        return carrier == Carrier::prack_success ? Due::answer : Due::nothing;
      default:
        return carrier == Carrier::update_success ? Due::answer : Due::nothing;
    }
  }
  return answers_invite && remote_invite_ && !agreed_ && state_ == State::stable ? Due::offer : Due::nothing;
}

std::string_view OfferAnswer::send_offer(Carrier carrier, const Draft& draft) {
  switch (carrier) {
    case Carrier::invite:
      CARILLON_ENSURE(may_invite());
      local_invite_ = true;
      agreed_ = false;
      break;
    case Carrier::update:
      CARILLON_ENSURE(may_update());
      break;
    case Carrier::reliable:
      CARILLON_ENSURE(due_in(carrier) == Due::offer);
      agreed_ = true;
      break;
    default:
      CARILLON_ENSURE(due_in(carrier) == Due::offer);
      remote_invite_ = false;
      ack_due_ = true;
  }
  state_ = State::local_offer;
  offer_in_ = carrier;
  pending_.reset();
  return local_.publish(draft);
}

std::string_view OfferAnswer::send_answer(Carrier carrier, const Draft& draft) {
  if (carrier == Carrier::provisional) {
    CARILLON_ENSURE(due_in(Carrier::success) == Due::answer);
    return local_.publish(draft);
  }
  CARILLON_ENSURE(due_in(carrier) == Due::answer);
  if (carrier == Carrier::success) {
    remote_invite_ = false;
    ack_due_ = true;
  }
  if (carrier == Carrier::reliable) agreed_ = true;
  state_ = State::stable;
  remote_ = std::move(pending_);
  pending_.reset();
  return local_.publish(draft);
}

std::string_view OfferAnswer::repeat_offer() {
  CARILLON_ENSURE(may_invite() && !local_.text().empty());
  local_invite_ = true;
  agreed_ = false;
  state_ = State::local_offer;
  offer_in_ = Carrier::invite;
  pending_.reset();
  return local_.text();
}

void OfferAnswer::send_bare_success() {
  CARILLON_ENSURE(remote_invite_ && agreed_);
  remote_invite_ = false;
  ack_due_ = true;
}

void OfferAnswer::send_empty_invite() {
  CARILLON_ENSURE(may_invite());
  local_invite_ = true;
  agreed_ = false;
}

void OfferAnswer::local_invite_failed() {
  if (!local_invite_) return;
  local_invite_ = false;
  if (offer_in_ == Carrier::invite) local_offer_failed();
  if (offer_in_ == Carrier::reliable) remote_offer_refused();
}

void OfferAnswer::local_offer_failed() {
  if (state_ != State::local_offer) return;
  state_ = State::stable;
  pending_.reset();
}

void OfferAnswer::remote_invite_refused() {
  if (!remote_invite_) return;
  remote_invite_ = false;
  if (offer_in_ == Carrier::invite) remote_offer_refused();
  if (offer_in_ == Carrier::reliable) local_offer_failed();
}

void OfferAnswer::remote_offer_refused() {
  if (state_ != State::remote_offer) return;
  state_ = State::stable;
  pending_.reset();
}

std::uint16_t status_of(Fault fault) {
  switch (fault) {
    case Fault::too_large:
      return 413;
    case Fault::not_sdp:
    case Fault::bad_line:
    case Fault::bad_media:
      return 400;
    default:
      return 488;
  }
}

}  // namespace carillon::sdp
