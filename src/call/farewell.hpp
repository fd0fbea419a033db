// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that nobody had answered when their process died: the caller is told, and telephones that ring fall silent.
#pragma once

#include <memory>
#include <vector>

#include "agent/agent.hpp"
#include "journal/records.hpp"
#include "sip/dialog.hpp"

namespace carillon::call {

/// The answer to callers of such calls.
constexpr int farewell_status = 480;

/// Of one device that we had invited: sends the INVITE once more, which it takes for a repetition and says how it stands, then
/// CANCEL; an answer that it gave meanwhile is acknowledged and hung up. Over when the transaction is, 64*T1 later at the latest.
class Farewell final : sip::ClientTransaction::Listener {
 public:
  /// Null: its connection is gone, and so is the call there; or the record makes no sense.
  static std::unique_ptr<Farewell> to_device(agent::Agent& agent, const journal::Ringing& record);
  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;
  ~Farewell();

 private:
  Farewell(agent::Agent& agent, const net::Flow& flow, sip::Dialog prepared)
      : agent_(agent), flow_(flow), prepared_(std::move(prepared)) {}
  void on_response(sip::ClientTransaction& transaction, const sip::Message& response) override;
  void on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) override;
  void acknowledge(sip::Dialog& dialog);

  agent::Agent& agent_;
  net::Flow flow_;
  sip::Dialog prepared_;
  std::vector<std::pair<sip::HeaderId, std::string>> credentials_;  ///< Of the INVITE, for the ACK (RFC 3261 §22.1).
  std::vector<sip::Dialog> answered_;                               ///< One of each To tag, a few at most.
  sip::TransactionId invite_;
};

/// Tells a caller; its phone's ACK is absorbed. False as of Farewell::to_device().
bool say_farewell_to_caller(agent::Agent& agent, const journal::Ringing& record);

/// As a journal keeps it; the numbers of our requests go on so far above that none is used twice.
sip::Dialog restore_dialog(const journal::Dialog& record);

/// BYE to one side of an answered call that cannot go on; nothing for a dialog that is there all the same, in another call, or
/// one whose connection is gone.
void hang_up(agent::Agent& agent, const journal::Dialog& record);

}  // namespace carillon::call
