// SPDX-License-Identifier: GPL-3.0-or-later
// The asking end: requests under way with their deadlines, and where their answers go.
#include "control/client.hpp"

namespace carillon::control {

Client::~Client() = default;

void Client::Call::expired(void* call) {
  Call& self = *static_cast<Call*>(call);
  if (self.failed) return self.client.end(self.id, std::unexpected(*std::move(self.failed)));
  self.client.wire_.send_frame(encode(Credit{self.id, 0}));
  self.client.end(self.id, failure(Fault::timeout, "the role did not answer in time"));
}

void Client::start(std::string_view method, const model::Resource& resource, const void* params, Duration patience, Sink sink) {
  const std::int64_t id = ++last_id_;
  const bool is_full = calls_.size() >= calls_max;
  const bool is_list = sink.item != nullptr;
  Call& call = *calls_.emplace(id, std::make_unique<Call>(*this, id, std::move(sink))).first->second;
  if (closed_) {
    call.failed = Error(Fault::closed, "the role is not there");
  } else if (is_full) {
    call.failed = Error(Fault::busy, "too many calls are under way: wait for their answers");
  } else {
    const Request request{id, std::string(method), write_fields(resource, params), is_list ? credit_initial : 0};
    if (!wire_.send_frame(encode(request))) call.failed = Error(Fault::closed, "the connection to the role has ended");
  }
  if (call.failed || patience != Duration::zero())
    loop_.timers().arm(call.deadline, call.failed ? loop_.now() : loop_.now() + patience);
}

Result<> Client::take(std::string_view frame) {
  CARILLON_TRY(message, decode(frame));
  if (auto* items = std::get_if<Items>(&message)) return take_items(*items);
  if (auto* done = std::get_if<Done>(&message)) return take_result(std::move(*done));
  return failure(Fault::bad_frame, "a request came to the asking end");
}

Result<> Client::take_items(const Items& items) {
  const auto found = calls_.find(items.id);
  if (found == calls_.end()) return {};
  Sink& sink = found->second->sink;
  if (sink.item == nullptr) return failure(Fault::bad_frame, "a list came where one answer was asked for");
  for (const boost::json::value& value : items.items) {
    if (!value.is_object()) return failure(Fault::bad_frame, "a list of something else than objects");
    void* item = sink.next();
    auto read = item != nullptr ? read_fields(*sink.item, value.get_object(), item)
                                : Result<>(failure(Fault::busy, "the list is too long: ask for less"));
    if (read) continue;
    wire_.send_frame(encode(Credit{items.id, 0}));
    end(items.id, std::move(read));
    return {};
  }
  wire_.send_frame(encode(Credit{items.id, 1}));
  if (!sink.told) return {};
  // Whoever is told may end everything, and the call with it.
  auto told = std::move(sink.told);
  const auto alive = std::weak_ptr(alive_);
  told(items.has_gap);
  if (alive.expired()) return {};
  if (const auto still = calls_.find(items.id); still != calls_.end()) still->second->sink.told = std::move(told);
  return {};
}

Result<> Client::take_result(Done done) {
  const auto found = calls_.find(done.id);
  if (found == calls_.end()) return {};
  Sink& sink = found->second->sink;
  Result<> result;
  if (!done.result)
    result = std::unexpected(std::move(done.result).error());
  else if (sink.reply != nullptr)
    result = read_fields(*sink.reply, *done.result, sink.next());
  end(done.id, std::move(result));
  return {};
}

void Client::end(std::int64_t id, Result<> result) {
  auto call = calls_.extract(id);
  if (!call.empty()) call.mapped()->sink.done(std::move(result));
}

void Client::close() {
  closed_ = true;
  const auto calls = std::move(calls_);
  calls_.clear();
  for (const auto& [id, call] : calls) call->sink.done(failure(Fault::closed, "the connection to the role has ended"));
}

}  // namespace carillon::control
