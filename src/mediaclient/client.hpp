// SPDX-License-Identifier: GPL-3.0-or-later
// How a call commands its media: legs with ports, joined in pairs, in one frame and one round trip however many commands it
// takes.
#pragma once

#include <utility>

#include "base/result.hpp"
#include "base/task.hpp"
#include "net/network.hpp"
#include "ng/legs.hpp"

namespace carillon::mediaclient {

using ng::Command;
using ng::Endpoint;
using ng::EndReason;
using ng::LegId;
using ng::LegPorts;
using ng::LegSpec;
using ng::LegStatistics;
using ng::Outcome;
using ng::Phase;
using ng::StreamSpec;

enum class Fault {
  unavailable,  ///< No connection to the media process; the client reconnects on its own. Also when it breaks before the reply.
  timeout,      ///< No reply in time (2 s).
  no_ports,     ///< All ports are in use: answer 503 with Retry-After.
  no_such_leg,  ///< The leg is gone: destroyed, reaped, or lost with a media process.
  refused,      ///< Media said no: a leg number used twice, too many streams, …
};
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"mediaclient.unavailable", "mediaclient.timeout", "mediaclient.no_ports",
                                        "mediaclient.no_such_leg", "mediaclient.refused"};
  return names[static_cast<std::size_t>(fault)];
}

/// Media of all calls of one shard. Not thread-safe; outlives its tasks. A task may be destroyed while it waits: the command is
/// carried out all the same, so a call ends with destroy(call) whatever happened before.
class Client {
 public:
  /// Called from the loop, never from inside a call to the client.
  class Listener {
   public:
    /// No media from that leg's peer for the media timeout (60 s), but for as long as this; not while the direction is held. The
    /// call decides what to do.
    virtual void on_media_timeout(LegId leg, Duration silent) = 0;
    /// The call has no media any more; last word on it. After destroy(call), or because media reaped it.
    virtual void on_media_ended(CallId call, EndReason reason, const std::vector<LegStatistics>& statistics) = 0;
    /// The media process was restarted: this call's legs are gone and will not come back.
    virtual void on_media_lost(CallId call) = 0;

   protected:
    ~Listener() = default;
  };
  virtual ~Client() = default;

  virtual bool is_connected() const = 0;

  /// In order, in one round trip, until one fails; legs created by a request that fails are gone again. The functions below are
  /// this one with the usual commands.
  virtual Task<Result<Outcome>> execute(CallId call, std::vector<Command> commands) = 0;

  /// Gives all ports of the call back; never waits, never fails: kept and repeated while media is away. on_media_ended() follows.
  virtual void destroy(CallId call) = 0;

  /// Allocates legs 1 and 2 and joins them: the whole of a call's set-up. `second` has a stream for each of the first's; its
  /// remotes, not known yet, come with modify().
  Task<Result<std::pair<LegPorts, LegPorts>>> create_pair(CallId call, LegSpec first, LegSpec second);
  Task<Result<LegPorts>> create(LegId leg, LegSpec spec);
  Task<Result<LegPorts>> modify(LegId leg, LegSpec spec);
  /// The answer: what the leg's SDP said, and whom it talks to from now on.
  Task<Result<LegPorts>> modify_and_connect(LegId leg, LegSpec spec, LegId other, Phase phase);
  Task<Result<>> connect(LegId leg, LegId other, Phase phase);
  Task<Result<>> disconnect(LegId leg);
  /// One leg of several, with its last statistics: a fork that lost. The call's last legs go by destroy(call).
  Task<Result<LegStatistics>> destroy_leg(LegId leg);
  Task<Result<std::vector<LegStatistics>>> query(CallId call);
};

}  // namespace carillon::mediaclient
