// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/session_timer.hpp"

#include <algorithm>

namespace carillon::sip {
namespace {

constexpr std::uint32_t interval_max = 86400;

std::optional<std::uint32_t> seconds_of(const Message& message, HeaderId id) {
  const auto value = message.first(id);
  return value ? parse_seconds(*value) : std::nullopt;
}

/// "uac", "uas", or nothing.
std::string_view refresher_of(const Message& message) {
  const std::string_view value = message.first(HeaderId::session_expires).value_or("");
  const std::size_t params = value.find(';');
  if (params == std::string_view::npos) return {};
  return Params(value.substr(params)).find("refresher").value_or("");
}

}  // namespace

std::optional<std::uint32_t> too_brief_session(const Message& request) {
  const auto interval = seconds_of(request, HeaderId::session_expires);
  // RFC 4028 §9: 422 means something only to who supports the extension.
  if (!interval || *interval >= session_interval_min || !request.lists(HeaderId::supported, "timer")) return std::nullopt;
  return session_interval_min;
}

SessionTimer::SessionTimer(Loop& loop, Listener& listener, std::uint32_t interval)
    : loop_(loop), listener_(listener), timer_(&on_timer, this), wanted_(interval) {}

void SessionTimer::write_request(Writer& writer) const {
  const std::uint32_t interval = agreement_.interval != 0 ? agreement_.interval : wanted_;
  if (interval == 0) return;
  writer.begin(HeaderId::session_expires);
  writer.number(std::max(interval, least_));
  // In a refresh the roles stay as they are (RFC 4028 §7.4); at first the peer may choose.
  if (agreement_.interval != 0) writer.text(agreement_.is_ours ? ";refresher=uac" : ";refresher=uas");
  writer.end_line();
  writer.header(HeaderId::min_se, std::uint64_t{least_});
}

SessionTimer::Agreement SessionTimer::agree(const Message& request) const {
  const bool knows_timers = request.lists(HeaderId::supported, "timer") || request.lists(HeaderId::require, "timer");
  std::uint32_t interval = seconds_of(request, HeaderId::session_expires).value_or(wanted_);
  if (interval == 0) return {};
  const std::uint32_t least = std::max(seconds_of(request, HeaderId::min_se).value_or(0), session_interval_min);
  if (wanted_ != 0) interval = std::min(interval, std::max(wanted_, least));
  interval = std::clamp(interval, std::min(least, interval_max), interval_max);
  // The peer refreshes when it can, unless it wants us to; a peer without the extension cannot (RFC 4028 §9, table 2).
  return {interval, !knows_timers || refresher_of(request) == "uas", !knows_timers};
}

void SessionTimer::write_answer(Writer& writer, const Message& request) {
  const Agreement agreed = agree(request);
  if (agreed.interval == 0) return;
  writer.begin(HeaderId::session_expires);
  writer.number(agreed.interval);
  writer.text(agreed.is_ours ? ";refresher=uas" : ";refresher=uac");
  writer.end_line();
  if (!agreed.is_ours) writer.header(HeaderId::require, "timer");
  start(agreed);
}

void SessionTimer::take_answer(const Message& success) {
  const auto interval = seconds_of(success, HeaderId::session_expires);
  if (interval)
    return start(
        {.interval = std::clamp(*interval, session_interval_min, interval_max), .is_ours = refresher_of(success) != "uas"});
  // RFC 4028 §7.2: the peer knows no timers; we may go on refreshing by ourselves.
  if (wanted_ != 0) return start({.interval = std::max(wanted_, least_), .is_ours = true, .is_only_ours = true});
  agreement_.is_only_ours = true;
}

void SessionTimer::take_refusal() {
  if (agreement_.is_only_ours && is_refresh_out_) start(agreement_);
}

bool SessionTimer::raise(const Message& refusal) {
  const auto least = seconds_of(refusal, HeaderId::min_se);
  if (is_raised_ || !least || *least <= least_ || *least > interval_max) return false;
  is_raised_ = true;
  least_ = *least;
  return true;
}

void SessionTimer::start(const Agreement& agreement) {
  agreement_ = agreement;
  is_refresh_out_ = false;
  const std::uint32_t interval = agreement_.interval;
  // RFC 4028 §10: half of it for who refreshes; the other gives up min(32 s, a third) before the end.
  const std::uint32_t after = agreement_.is_ours ? interval / 2 : interval - std::min<std::uint32_t>(32, interval / 3);
  loop_.timers().arm(timer_, loop_.now() + std::chrono::seconds(after));
}

void SessionTimer::on_timer(void* self) {
  auto& timer = *static_cast<SessionTimer*>(self);
  if (!timer.agreement_.is_ours || timer.is_refresh_out_) return timer.listener_.on_session_expired();
  timer.is_refresh_out_ = true;
  const std::uint32_t interval = timer.agreement_.interval;
  const std::uint32_t rest = interval - interval / 2 - std::min<std::uint32_t>(32, interval / 3);
  timer.loop_.timers().arm(timer.timer_, timer.loop_.now() + std::chrono::seconds(rest));
  timer.listener_.on_refresh_due();
}

}  // namespace carillon::sip
