// SPDX-License-Identifier: GPL-3.0-or-later
// What a leg tells the call that has it, and what it stands on.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/agent.hpp"
#include "base/assert.hpp"
#include "call/leg_event.hpp"
#include "call/leg_observer.hpp"
#include "call/party.hpp"
#include "call/trunk_side.hpp"
#include "model/terminal.hpp"

namespace carillon::call {

/// The call that owns the leg. May be told from within a member that the call itself called, so it must not destroy the leg
/// then.
class LegOwner {
 public:
  virtual CallId id() const = 0;
  /// Whom the leg's peer talks to, if that is nobody to others; else null.
  virtual const Party* hidden_from_others(const Leg& leg) const = 0;
  virtual void on_leg_event(LegEvent event) = 0;
  /// False while the story has more to hear from the leg than it should: what its peer wants now is refused.
  virtual bool has_room(const Leg& leg, LegEvent::Kind kind) const = 0;
  /// The caller gave up before the answer (487), or its established dialog ended (0). `cause` is a Reason header value or
  /// empty.
  virtual void on_caller_gone(int status, std::string_view cause) = 0;
  /// A called device gave no sign of life to its INVITE.
  virtual void on_leg_silent(const Leg& leg) = 0;
  virtual void on_leg_over(Leg& leg) = 0;
  /// Our INVITE has left to a device, for the first time or (422) anew.
  virtual void on_invited(const Leg& leg, std::string_view invite) = 0;
  /// What dialog_record() says of an established leg is, or will be at the end of this turn, something else.
  virtual void on_dialog_changed(const Leg& leg) = 0;
  /// The leg's state is broken: end the call. Must not throw.
  virtual void on_leg_broken(Leg& leg, const Broken& broken) = 0;

 protected:
  ~LegOwner() = default;
};

/// What every leg of a call stands on.
struct LegGround {
  agent::Agent& agent;
  LegOwner* owner;      ///< Never null; another after move_to().
  std::uint8_t slot;    ///< The customer's virtual slot, carried in every identifier.
  std::string account;  ///< The terminal: who may send requests of this dialog from elsewhere (ruling 4).
  std::string realm;
  std::uint32_t session_interval = 0;             ///< Seconds, of RFC 4028; 0: only if the peer wants one.
  Id<model::Terminal> terminal;                   ///< Of the account.
  model::ConnectedIdentity connected_identity{};  ///< How show() says it.
  model::MediaEncryption media_encryption{};      ///< What its device is offered.
  LegObserver* observer = nullptr;                ///< Outlives the leg.
  std::shared_ptr<const TrunkSide> trunk = {};    ///< Of a carrier's leg, whose account is empty.
};

}  // namespace carillon::call
