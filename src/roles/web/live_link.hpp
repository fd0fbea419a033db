// SPDX-License-Identifier: GPL-3.0-or-later
// Live calls and registrations are asked of the signalling process when somebody wants to see them.
#pragma once

#include "api/live.hpp"
#include "roles/control_socket.hpp"

namespace carillon::roles {

class LiveLink final : public api::Live {
 public:
  static constexpr Duration patience = 5s;
  static constexpr Duration command_patience = 7s;  ///< Signalling answers within 5 s.

  /// The network must outlive it.
  LiveLink(net::Network& network, std::string socket)
      : network_(network), socket_(std::move(socket)), signalling_(network, socket_) {}

  Task<Result<std::vector<control::LiveCall>>> calls(control::Whose whose) override {
    return signalling_.ask<control::CallsList>(whose, patience);
  }
  Task<Result<std::vector<control::LiveRegistration>>> registrations(control::Whose whose) override {
    return signalling_.ask<control::RegistrationsList>(whose, patience);
  }
  Task<Result<std::vector<control::LiveCarrierRegistration>>> carrier_registrations(control::Whose whose) override {
    return signalling_.ask<control::CarrierRegistrationsList>(whose, patience);
  }
  Task<Result<control::Nothing>> hang_up(control::CallsHangup::Params call) override {
    return signalling_.ask<control::CallsHangup>(call, patience);
  }
  Task<Result<control::CallReply>> transfer(control::CallWish wish) override {
    return signalling_.ask<control::CallsTransfer>(std::move(wish), command_patience);
  }
  Task<Result<control::CallReply>> hold(control::CallWish wish) override {
    return signalling_.ask<control::CallsHold>(std::move(wish), command_patience);
  }
  Task<Result<control::CallReply>> resume(control::CallWish wish) override {
    return signalling_.ask<control::CallsResume>(std::move(wish), command_patience);
  }
  Task<Result<control::CallReply>> originate(control::CallsOriginate::Params call) override {
    return signalling_.ask<control::CallsOriginate>(std::move(call), patience);
  }
  Task<Result<control::CallStory>> explain(control::CallsExplain::Params call) override {
    return signalling_.ask<control::CallsExplain>(std::move(call), patience);
  }
  Task<Result<std::vector<control::LiveBan>>> bans() override { return signalling_.ask<control::BansList>({}, patience); }
  Task<Result<control::Nothing>> lift_ban(std::string name) override {
    control::BansLift::Params params;
    params.name = std::move(name);
    return signalling_.ask<control::BansLift>(params, patience);
  }
  Task<Result<std::vector<model::TraceItem>>> trace(control::TraceGet::Params params) override {
    return signalling_.ask<control::TraceGet>(params, patience);
  }

  void watch_events(EventReceiver& receiver) override {
    // A connection of its own, whose end is the watch's.
    events_ = std::make_unique<ControlLink>(network_, socket_);
    events_->watch<control::EventsWatch>(
        {}, [&receiver](bool has_gap, std::vector<control::LiveEvent> events) { receiver.on_events(has_gap, std::move(events)); },
        [&receiver](const Result<>&) { receiver.on_events_over(); });
  }
  void stop_events() override { events_.reset(); }

 private:
  net::Network& network_;
  std::string socket_;
  ControlLink signalling_;
  std::unique_ptr<ControlLink> events_;
};

}  // namespace carillon::roles
