// SPDX-License-Identifier: GPL-3.0-or-later
// Decodes orders, has the engine carry them out, and sends outcomes and events.
#include "media/control_server.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/kill_point.hpp"
#include "base/log.hpp"

namespace carillon::media {

namespace {

constexpr std::size_t max_connections = 64;
constexpr std::size_t max_order = 64 * 1024;

}  // namespace

ControlServer::ControlServer(Loop& loop, BindUdp bind, Engine::Config config)
    : process_(random_bits()), engine_(loop, std::move(bind), std::move(config), *this) {}

ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::open(net::Network& network, const std::string& path, BindUdp bind,
                                                           Engine::Config config) {
  auto server = std::make_unique<ControlServer>(network.loop(), std::move(bind), std::move(config));
  CARILLON_TRY(listener, network.listen_local(path, *server));
  server->listener_ = std::move(listener);
  return server;
}

void ControlServer::on_accept(std::unique_ptr<net::Stream> stream) {
  if (connections_.size() >= max_connections) return log::warning("media", "control.refused", {{"connections", max_connections}});
  auto& connection = connections_.emplace_back();
  connection.stream = std::make_unique<net::FramedStream>(std::move(stream), max_order);
  connection.stream->set_receiver(*this);
}

ControlServer::Connection& ControlServer::find(const net::FramedStream& stream) {
  auto found = std::ranges::find_if(connections_, [&](auto& each) { return each.stream.get() == &stream; });
  CARILLON_ASSERT(found != connections_.end());
  return *found;
}

void ControlServer::on_frame(net::FramedStream& stream, std::string_view frame) {
  auto message = ng::decode_message(frame);
  if (!message) {
    log::warning("media", "control.malformed", {{"reason", message.error()}});
    return stream.close();
  }
  auto order = ng::decode_order(message->body);
  kill_point("media.order_heard");
  ng::Answer answer = order ? answer_to(find(stream), *order) : ng::Refusal{std::string(order.error().code)};
  outgoing_.clear();
  kill_point("media.order_done");
  ng::encode(outgoing_, message->cookie, answer);
  // A peer that does not read is closed by the stream; its calls are then without signalling, which the engine knows to end.
  if (auto sent = stream.send_frame(outgoing_); !sent) log::warning("media", "control.unsent", {{"reason", sent.error()}});
  kill_point("media.outcome_sent");
}

ng::Answer ControlServer::answer_to(Connection& connection, const ng::Order& order) {
  if (auto* hello = std::get_if<ng::Hello>(&order)) {
    connection.owner = hello->owner;
    engine_.set_present(hello->owner, true);
    return ng::Welcome{process_};
  }
  if (connection.owner == 0) return ng::Refusal{std::string(name_of(ng::Fault::not_a_request))};
  auto outcome = engine_.execute(connection.owner, std::get<ng::Request>(order));
  if (!outcome) return ng::Refusal{std::string(outcome.error().code)};
  return *std::move(outcome);
}

void ControlServer::on_closed(net::FramedStream& stream) {
  Engine::Owner owner = find(stream).owner;
  std::erase_if(connections_, [&](auto& each) { return each.stream.get() == &stream; });
  bool is_still_here = std::ranges::any_of(connections_, [&](auto& each) { return each.owner == owner; });
  if (!is_still_here) engine_.set_present(owner, false);
}

void ControlServer::on_media_event(Engine::Owner owner, const ng::Event& event) {
  if (auto* ended = std::get_if<ng::Ended>(&event)) {
    log::warning("media", "call.reaped", {{"call", ended->call}, {"reason", static_cast<int>(ended->reason)}});
  }
  auto found = std::ranges::find_if(connections_, [&](auto& each) { return each.owner == owner; });
  if (found == connections_.end()) return;
  outgoing_.clear();
  ng::encode(outgoing_, "e" + std::to_string(++last_event_), ng::Answer(event));
  if (auto sent = found->stream->send_frame(outgoing_); !sent) log::warning("media", "event.unsent", {{"reason", sent.error()}});
}

}  // namespace carillon::media
