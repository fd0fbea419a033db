// SPDX-License-Identifier: GPL-3.0-or-later
// One connection of the answering end: which requests are under way, and how far the lists have got.
#include "control/server.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

namespace carillon::control {

namespace {

/// So that as many frames as are granted at first fit what a connection lets wait (256 KiB), the largest items included.
constexpr std::size_t frame_bytes_aim = 16UZ * 1024;

}  // namespace

Reply::~Reply() {
  if (id_ != 0) fail(Error(Fault::unanswered, "the role dropped the request: its log says why"));
}

void Reply::finish(const model::Resource& resource, const void* object) {
  const std::int64_t id = std::exchange(id_, 0);
  if (auto session = session_.lock(); session && id != 0) session->finish(id, write_fields(resource, object));
}

void Reply::fail(const Error& error) {
  const std::int64_t id = std::exchange(id_, 0);
  if (auto session = session_.lock(); session && id != 0) session->finish(id, std::unexpected(error));
}

void Reply::list(const model::Resource& resource, std::size_t count, std::move_only_function<const void*(std::size_t)> at) {
  const std::int64_t id = std::exchange(id_, 0);
  auto session = session_.lock();
  if (!session || id == 0) return;
  const auto found = session->pending_.find(id);
  if (found == session->pending_.end()) return;
  Session::Pending& pending = found->second;
  pending.resource = &resource;
  pending.count = count;
  pending.at = std::move(at);
  session->send_items(id);
}

bool Reply::tell(const model::Resource& resource, const void* event) {
  const auto session = session_.lock();
  return session && session->tell(id_, resource, event);
}

bool Reply::is_wanted() const {
  const auto session = session_.lock();
  return session && session->pending_.contains(id_);
}

const Methods::Handler* Methods::find(std::string_view method) const {
  const auto found = handlers_.find(method);
  return found == handlers_.end() ? nullptr : &found->second;
}

Result<> Session::take(std::string_view frame) {
  CARILLON_TRY(message, decode(frame));
  if (auto* request = std::get_if<Request>(&message)) return begin(*request);
  const auto* credit = std::get_if<Credit>(&message);
  if (credit == nullptr) return failure(Fault::bad_frame, "an answer came to the answering end");
  const auto found = pending_.find(credit->id);
  if (found == pending_.end()) return {};
  if (credit->credit == 0) {
    pending_.erase(found);
    return {};
  }
  found->second.credit = std::min(found->second.credit + credit->credit, credit_max);
  if (found->second.resource != nullptr)
    send_items(credit->id);
  else
    send_backlog(credit->id);
  return {};
}

Result<> Session::begin(const Request& request) {
  if (pending_.contains(request.id)) return failure(Fault::bad_frame, "two requests with one id");
  if (pending_.size() >= requests_max) {
    wire_.send_frame(encode(Done{request.id, failure(Fault::busy, "too many requests are under way: wait for their answers")}));
    return {};
  }
  const Methods::Handler* handler = methods_.find(request.method);
  if (handler == nullptr) {
    wire_.send_frame(encode(Done{request.id, failure(Fault::unknown_method, "this role does not know the method")}));
    return {};
  }
  pending_[request.id].credit = request.credit;
  (*handler)(request.params, Reply(weak_from_this(), request.id));
  return {};
}

void Session::finish(std::int64_t id, Result<boost::json::object> result) {
  if (pending_.erase(id) == 0) return;
  std::string frame = encode(Done{id, std::move(result)});
  if (frame.size() > frame_bytes_max) frame = encode(Done{id, failure(Fault::busy, "the answer is too large for a frame")});
  wire_.send_frame(frame);
}

bool Session::tell(std::int64_t id, const model::Resource& resource, const void* event) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return false;
  Pending& pending = found->second;
  std::string written = event == nullptr ? std::string() : boost::json::serialize(write_fields(resource, event));
  const bool is_full = pending.backlog.size() >= backlog_max || pending.backlog_bytes + written.size() > backlog_bytes_max;
  if (is_full || event == nullptr) {
    pending.backlog.clear();
    pending.backlog_bytes = 0;
    pending.has_gap = true;
  }
  if (event != nullptr && written.size() < frame_bytes_aim) {
    pending.backlog_bytes += written.size();
    pending.backlog.push_back(std::move(written));
  }
  return send_backlog(id);
}

/// As much of what waits as is granted. False when the connection is at its end.
bool Session::send_backlog(std::int64_t id) {
  Pending& pending = pending_.at(id);
  while (pending.credit > 0 && (pending.has_gap || !pending.backlog.empty())) {
    std::string frame =
        fmt::format(R"({{"id":{},{}"items":[)", id, std::exchange(pending.has_gap, false) ? R"("gap":true,)" : "");
    for (std::size_t n = 0; n < items_per_frame && !pending.backlog.empty() && frame.size() < frame_bytes_aim; ++n) {
      if (n > 0) frame += ',';
      frame += pending.backlog.front();
      pending.backlog_bytes -= pending.backlog.front().size();
      pending.backlog.pop_front();
    }
    frame += "]}";
    --pending.credit;
    if (!wire_.send_frame(frame)) {
      pending_.erase(id);
      return false;
    }
  }
  return true;
}

void Session::send_items(std::int64_t id) {
  Pending& pending = pending_.at(id);
  while (pending.next < pending.count) {
    if (pending.credit == 0) return;
    std::string frame = fmt::format(R"({{"id":{},"items":[)", id);
    for (std::size_t n = 0; n < items_per_frame && pending.next < pending.count && frame.size() < frame_bytes_aim; ++n) {
      if (n > 0) frame += ',';
      frame += boost::json::serialize(write_fields(*pending.resource, pending.at(pending.next++)));
    }
    frame += "]}";
    --pending.credit;
    if (!wire_.send_frame(frame)) {
      pending_.erase(id);
      return;
    }
  }
  finish(id, boost::json::object());
}

}  // namespace carillon::control
