// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/trace_writer.hpp"

namespace carillon::roles {

TraceWriter::TraceWriter(Loop& loop, TraceDisk& disk)
    : loop_(loop), disk_(disk), look_([](void* self) { static_cast<TraceWriter*>(self)->look(); }, this) {
  loop_.timers().arm(look_, loop_.now() + idle_interval);
}

TraceWriter::~TraceWriter() {
  flush();
}

void TraceWriter::begin_call(const CallId& call, std::int64_t brand, std::int64_t customer) {
  calls_[call] = {brand, customer};
}

void TraceWriter::end_call(const CallId& call) {
  const Monotonic now = loop_.now();
  ended_.push_back({call, now + afterwards});
  while (!ended_.empty() && ended_.front().forget_at <= now) {
    calls_.erase(ended_.front().call);
    ended_.pop_front();
  }
}

void TraceWriter::message(const CallId& call, trace::Audience audience, trace::Direction direction, const net::Flow& flow,
                          std::string_view bytes) {
  add(call, {.kind = trace::Kind::sip,
             .audience = audience,
             .direction = direction,
             .transport = flow.transport,
             .local = flow.local,
             .remote = flow.remote,
             .text = bytes});
}

void TraceWriter::decision(const CallId& call, trace::Audience audience, std::string_view line) {
  add(call, {.kind = trace::Kind::decision, .audience = audience, .text = line});
}

void TraceWriter::quality(const CallId& call, std::uint8_t leg, const net::Address& from, std::string_view line) {
  add(call, {.kind = trace::Kind::quality, .leg = leg, .remote = from, .text = line});
}

void TraceWriter::add(const CallId& call, trace::Item item) {
  const auto known = calls_.find(call);
  if (known == calls_.end()) return;
  item.call = call;
  item.brand = known->second.brand;
  item.customer = known->second.customer;
  item.at = loop_.wall();
  const bool is_first = batch_.empty();
  trace::append_item(batch_, item);
  ++items_;
  if (batch_.size() >= batch_max) return flush();
  if (is_first) loop_.timers().arm(look_, loop_.now() + batch_age);
}

void TraceWriter::flush() {
  if (batch_.empty()) return;
  const std::size_t usual = batch_.size() + batch_.size() / 4;
  disk_.submit(std::exchange(batch_, {}), std::exchange(items_, 0), loop_.wall());
  batch_.reserve(std::min(usual, batch_max + batch_max / 4));
}

/// Hands a batch over when it is old enough, then lets the disk know when a second has gone by, and seldom after that.
void TraceWriter::look() {
  if (!batch_.empty()) {
    flush();
    return loop_.timers().arm(look_, loop_.now() + 1s + batch_age);
  }
  disk_.submit({}, 0, loop_.wall());
  loop_.timers().arm(look_, loop_.now() + idle_interval);
}

}  // namespace carillon::roles
