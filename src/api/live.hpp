// SPDX-License-Identifier: GPL-3.0-or-later
// What goes on now is known to signalling alone: the API asks it, and never the database.
#pragma once

#include <vector>

#include "base/task.hpp"
#include "control/methods.hpp"

namespace carillon::api {

class Live {
 public:
  virtual Task<Result<std::vector<control::LiveCall>>> calls(control::Whose whose) = 0;
  virtual Task<Result<std::vector<control::LiveRegistration>>> registrations(control::Whose whose) = 0;
  virtual Task<Result<std::vector<control::LiveCarrierRegistration>>> carrier_registrations(control::Whose whose) = 0;
  virtual Task<Result<std::vector<control::LiveBan>>> bans() = 0;
  /// `not_found` when there is no such call, or it is somebody else's. The same for those below.
  virtual Task<Result<control::Nothing>> hang_up(control::CallsHangup::Params call) = 0;
  virtual Task<Result<control::CallReply>> transfer(control::CallWish wish) = 0;
  virtual Task<Result<control::CallReply>> hold(control::CallWish wish) = 0;
  virtual Task<Result<control::CallReply>> resume(control::CallWish wish) = 0;
  virtual Task<Result<control::CallReply>> originate(control::CallsOriginate::Params call) = 0;
  /// `not_found` when whoever is to call is not there, or is somebody else's.
  virtual Task<Result<control::CallStory>> explain(control::CallsExplain::Params call) = 0;
  /// `not_found` when nobody of that name is banned.
  virtual Task<Result<control::Nothing>> lift_ban(std::string name) = 0;
  /// `not_found` when nothing is known of such a call, or it is somebody else's.
  virtual Task<Result<std::vector<model::TraceItem>>> trace(control::TraceGet::Params params) = 0;

  /// Hears what changes in the lists of all tenants.
  class EventReceiver {
   public:
    /// `has_gap`: something is missing before these. The first event of a watch is `watching`.
    virtual void on_events(bool has_gap, std::vector<control::LiveEvent> events) = 0;
    /// The watch has ended, and can be begun again.
    virtual void on_events_over() = 0;

   protected:
    ~EventReceiver() = default;
  };
  /// One at a time; nothing is told inside. The receiver outlives its watch.
  virtual void watch_events(EventReceiver& receiver) = 0;
  /// Nothing is told any more; not from inside a receiver's member.
  virtual void stop_events() = 0;

 protected:
  ~Live() = default;
};

}  // namespace carillon::api
