// SPDX-License-Identifier: GPL-3.0-or-later
// What somebody who is no telephone wants of a call that is answered: to send one side elsewhere, or to put it on hold and back.
// The call's story does it between two events of its legs, by the ways that the telephones' own wishes take.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/id.hpp"
#include "base/loop.hpp"
#include "call/leg.hpp"

namespace carillon::call {

/// Answered exactly once: with what became of it, or, when that takes long, with the news that it is under way.
class Command {
 public:
  enum class Verb : std::uint8_t { transfer, hold, resume };
  enum class Outcome : std::uint8_t {
    done,
    under_way,  ///< It goes on, and nobody is told how it ends.
    over,       ///< The call is.
    ringing,    ///< Nobody has answered yet.
    changing,   ///< It is at something else of this kind.
    held,       ///< It is already.
    not_held,   ///< It is not.
    refused     ///< `status` says why, as a SIP status: a device's word, or of the call that was to be made.
  };
  struct Verdict {
    Outcome outcome{};
    int status = 0;
    CallId call{};  ///< That the side was sent to, of a transfer that was begun.
  };
  using Reply = std::move_only_function<void(Verdict)>;

  /// How long whoever asked waits.
  static constexpr Duration patience = 5s;

  /// `side` is who is sent elsewhere, to `number`, or put on hold. `reply` is called on the loop's thread, not necessarily
  /// within a turn of its own.
  Command(Loop& loop, Verb verb, Leg::Side side, std::string number, Reply reply);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  /// Unanswered: the call is over.
  ~Command();

  Verb verb() const { return verb_; }
  Leg::Side side() const { return side_; }
  const std::string& number() const { return number_; }
  void answer(Verdict verdict);
  /// The transfer has begun: what it made.
  void set_call(CallId call) { call_ = call; }

  std::uint32_t operation = 0;  ///< As Leg::offer() gave it, of a hold that is out.

 private:
  Verb verb_;
  Leg::Side side_;
  std::string number_;
  Reply reply_;
  CallId call_{};
  Timer patience_;
};

class Call;
class OfferRelay;
struct LegEvent;

/// Takes LegEvent `command`: begins what Call::command() says, or answers it.
void begin_command(Call& call, OfferRelay& relay);

/// Whether an event is the answer to the offer of a hold: its status.
std::optional<int> hold_status(const Call& call, const LegEvent& event);
/// After that event has been taken: the side is on hold now, or again what it was.
void end_hold(Call& call, int status);

}  // namespace carillon::call
