// SPDX-License-Identifier: GPL-3.0-or-later
// What the processes of a node ask of each other: every method of the control channel is declared here and nowhere else. A method
// is a name, what is passed and what comes back; a method with an `Item` answers with a list, one with an `Event` tells what
// happens until either side ends it.
#pragma once

#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "control/live_items.hpp"
#include "model/call.hpp"
#include "model/entities.hpp"
#include "model/field.hpp"
#include "model/trace.hpp"

namespace carillon::control {

// The words of the declarations, beside those of live_items.hpp.
using model::Milliseconds;

struct Nothing {};

/// Whose calls or registrations: zero = no restriction.
struct Whose {
  RESOURCE(Whose, whose)
  FIELD(Id<model::Brand>, brand)
  FIELD(Id<model::Customer>, customer)
  FIELD(Id<model::User>, user)
  FIELD(Integer, limit, .min = 1, .max = 100000, .initial = 10000)  // More are left out.
};

/// A call that is not over.
struct LiveCall {
  RESOURCE(LiveCall, live_calls)
  FIELD(CallId, id)
  FIELD(Id<model::Brand>, brand, .tenant = Tenant::brand)
  FIELD(Id<model::Customer>, customer, .tenant = Tenant::customer)
  FIELD(Text, call_id)
  FIELD(model::Direction, direction)
  FIELD(Text, caller)
  FIELD(Text, callee)
  FIELD(Id<model::User>, caller_user)
  FIELD(Id<model::User>, callee_user)
  FIELD(Instant, started_at)
  FIELD(Instant, answered_at)  // Null while it rings.
  FIELD(Boolean, caller_held)  // By `calls.hold`.
  FIELD(Boolean, callee_held)  // Likewise.
};

/// A call that is over: what a line of a list shows of its record.
struct EndedCall {
  RESOURCE(EndedCall, calls)
  FIELD(CallId, id)
  FIELD(Id<model::Brand>, brand, .tenant = Tenant::brand)
  FIELD(Id<model::Customer>, customer, .tenant = Tenant::customer)
  FIELD(Text, call_id)
  FIELD(Instant, started_at)
  FIELD(Instant, answered_at)  // Null when nobody answered.
  FIELD(Instant, ended_at)
  FIELD(model::Direction, direction)
  FIELD(Text, caller)
  FIELD(Text, callee)
  FIELD(Milliseconds, duration)
  FIELD(model::CallStatus, status)
  FIELD(Integer, sip_code)
};

/// A device that can be reached now.
struct LiveRegistration {
  RESOURCE(LiveRegistration, live_registrations)
  FIELD(Id<model::Brand>, brand, .tenant = Tenant::brand)
  FIELD(Id<model::Customer>, customer, .tenant = Tenant::customer)
  FIELD(Id<model::Terminal>, terminal)
  FIELD(Id<model::User>, user)
  FIELD(Text, name)       // Of the terminal: what it registers as.
  FIELD(Text, contact)    // The Contact URI.
  FIELD(Text, transport)  // udp, tcp, tls, wss.
  FIELD(Text, source)     // Where its requests come from: address and port.
  FIELD(Text, user_agent)
  FIELD(Instant, registered_at)  // Null when it is permanent.
  FIELD(Instant, expires_at)     // Likewise.
  FIELD(Boolean, permanent)      // A static contact: configured, never registered.
};

/// Something of a live list has changed. Who may be told follows from the ids; `object` is what the list shows of it.
struct LiveEvent {
  RESOURCE(LiveEvent, live_events)
  FIELD(Text, type)  // call.ringing, registration.added, …; `watching`: from now on nothing is missed.
  FIELD(Id<model::Brand>, brand)
  FIELD(Id<model::Customer>, customer)
  FIELD(Id<model::User>, user)   // Whose call or registration it is,
  FIELD(Id<model::User>, other)  // and who is called.
  FIELD(model::Json, object)     // LiveCall, LiveRegistration, LiveCarrierRegistration or LiveCounters.
};

/// How much of each there is at a customer's.
struct LiveCounters {
  RESOURCE(LiveCounters, live_counters)
  FIELD(Id<model::Brand>, brand, .tenant = Tenant::brand)
  FIELD(Id<model::Customer>, customer, .tenant = Tenant::customer)
  FIELD(Integer, calls)
  FIELD(Integer, registrations)  // Without static contacts.
};

/// Is the process turning at all? The supervisor asks every 5 s, and a role that misses two is killed: whoever has several
/// threads answers when all of them have.
struct Ping {
  static constexpr std::string_view name = "ping";
  using Params = Nothing;
  using Reply = Nothing;
};

/// Does it do its work? `/readyz` is the sum of these.
struct Health {
  static constexpr std::string_view name = "health";
  using Params = Nothing;
  struct Reply {
    RESOURCE(Reply, health)
    FIELD(Boolean, ready)
    FIELD(Text, reason)  // What is missing, when it is not ready.
  };
};

/// Its metrics in Prometheus' text format, each series with the label of its role.
struct Metrics {
  static constexpr std::string_view name = "metrics";
  using Params = Nothing;
  struct Reply {
    RESOURCE(Reply, metrics)
    FIELD(Text, text)
  };
};

struct CallsList {
  static constexpr std::string_view name = "calls.list";
  using Params = Whose;
  using Item = LiveCall;
};

/// The newest records, newest first.
struct RecordsList {
  static constexpr std::string_view name = "records.list";
  struct Params {
    RESOURCE(Params, newest)
    FIELD(Integer, limit, .min = 1, .max = 1000, .initial = 20)
  };
  using Item = EndedCall;
};

/// Ends a call of that brand and customer, in which that user takes part (zero = whosever): both legs get BYE. `not_found`
/// otherwise.
struct CallsHangup {
  static constexpr std::string_view name = "calls.hangup";
  struct Params {
    RESOURCE(Params, hangup)
    FIELD(CallId, call)
    FIELD(Id<model::Brand>, brand)
    FIELD(Id<model::Customer>, customer)
    FIELD(Id<model::User>, user)
  };
  using Reply = Nothing;
};

/// Which side of a call.
enum class CallSide : std::uint8_t { unsaid, caller, callee };
constexpr std::span<const std::string_view> choices(CallSide) {
  static constexpr std::string_view names[] = {"", "caller", "callee"};
  return names;
}

/// What became of a wish about a call.
enum class CallOutcome : std::uint8_t {
  done,
  under_way,  ///< It takes longer than whoever asks is made to wait.
  over,       ///< The call ended meanwhile.
  ringing,    ///< Nobody has answered it yet.
  changing,   ///< It is at something else of this kind.
  held,       ///< That side is on hold already.
  not_held,   ///< It is not on hold.
  refused,    ///< By a device, or by the call that was to be made: `sip_code` says why.
  forbidden,  ///< Not with this side of the call, or not from where the device is.
  offline,    ///< None of the caller's devices can be reached.
  busy        ///< There are too many calls, or no new ones are taken.
};
constexpr std::span<const std::string_view> choices(CallOutcome) {
  static constexpr std::string_view names[] = {"done",    "underWay", "over",      "ringing", "changing", "held",
                                               "notHeld", "refused",  "forbidden", "offline", "busy"};
  return names;
}
struct CallReply {
  RESOURCE(CallReply, call_replies)
  FIELD(CallOutcome, outcome)
  FIELD(Integer, sip_code)
  FIELD(CallId, call)  // That was made: by a transfer for the side that is sent, or for whoever wanted one.
};

/// What is wanted of a call that is answered, with the call as in `calls.hangup`. The answer comes within 5 s.
struct CallWish {
  RESOURCE(CallWish, wish)
  FIELD(CallId, call)
  FIELD(Id<model::Brand>, brand)
  FIELD(Id<model::Customer>, customer)
  FIELD(Id<model::User>, user)
  FIELD(CallSide, leg)  // Whom it is about. Unsaid: the other side than the user's, else the caller.
  FIELD(Text, to)       // With a transfer.
};

/// Sends one side to another number; the other side is free when somebody there answers, and it is who transfers.
struct CallsTransfer {
  static constexpr std::string_view name = "calls.transfer";
  using Params = CallWish;
  using Reply = CallReply;
};

/// One side hears nothing of the other and is not heard until `calls.resume`.
struct CallsHold {
  static constexpr std::string_view name = "calls.hold";
  using Params = CallWish;
  using Reply = CallReply;
};

struct CallsResume {
  static constexpr std::string_view name = "calls.resume";
  using Params = CallWish;
  using Reply = CallReply;
};

/// Begins a call: the caller's own devices ring, and the one that answers dials. Answered at once with its id; `not_found` when
/// there is no such user or terminal in that brand and customer, or it is not `asking`'s own (zero = whosever).
struct CallsOriginate {
  static constexpr std::string_view name = "calls.originate";
  struct Params {
    RESOURCE(Params, originate)
    FIELD(Id<model::Brand>, brand)
    FIELD(Id<model::Customer>, customer)
    FIELD(Id<model::User>, asking)
    FIELD(Id<model::User>, user)          // Who calls,
    FIELD(Id<model::Terminal>, terminal)  // or from where.
    FIELD(Text, to)
    FIELD(Boolean, auto_answer)  // The device is asked to answer by itself.
  };
  using Reply = CallReply;
};

/// What became of an imagined call.
enum class StoryOutcome : std::uint8_t { extension, external, on_net, emergency, refused };
constexpr std::span<const std::string_view> choices(StoryOutcome) {
  static constexpr std::string_view names[] = {"extension", "external", "on_net", "emergency", "refused"};
  return names;
}

/// Where a call would go, and why.
struct CallStory {
  RESOURCE(CallStory, call_stories)
  FIELD(StoryOutcome, outcome)
  FIELD(Integer, sip_code)          // That the caller would hear when it is refused, else 0.
  FIELD(Text, number)               // In E.164 when it is one of the world's, else as it was dialled.
  FIELD(Text, ddi)                  // With which number the call is made, or which number of ours is called.
  FIELD(Text, kind)                 // Of what rings, with `extension` alone: user.
  FIELD(Id<model::Target>, target)  // Likewise.
  FIELD(Text, target_name)          // Likewise.
  FIELD(model::Json, carriers)      // In the order in which they are asked: [{"carrier","name","route","priority","weight"}].
  FIELD(model::Json, reasons)       // Step by step: [{"step","text"}].
};

/// Tells of a call without making it. `not_found` when there is no such telephone, user or carrier in that brand and customer
/// (zero = whosever), or it is not `asking`'s own (zero = whosever).
struct CallsExplain {
  static constexpr std::string_view name = "calls.explain";
  struct Params {
    RESOURCE(Params, explain)
    FIELD(Id<model::Brand>, brand)
    FIELD(Id<model::Customer>, customer)
    FIELD(Id<model::User>, asking)
    FIELD(Text, from)                   // A terminal's name, an extension or a user's id; with a carrier, the number that calls.
    FIELD(Id<model::Carrier>, carrier)  // That brings the call; none: a telephone makes it.
    FIELD(Text, to)
    FIELD(Text, as)               // With which number the telephone or PBX says that it calls; empty: it says none.
    FIELD(Instant, at)            // Null: now.
    FIELD(Boolean, hides_routes)  // Whoever asks is not to know by which carriers calls go.
  };
  using Reply = CallStory;
};

struct RegistrationsList {
  static constexpr std::string_view name = "registrations.list";
  using Params = Whose;
  using Item = LiveRegistration;
};

/// Of a customer there are none.
struct CarrierRegistrationsList {
  static constexpr std::string_view name = "carrier_registrations.list";
  using Params = Whose;
  using Item = LiveCarrierRegistration;
};

/// What changes in the live lists of all tenants. The first event is `watching`; a gap means that the lists must be read again.
struct EventsWatch {
  static constexpr std::string_view name = "events.watch";
  using Params = Nothing;
  using Event = LiveEvent;
};

struct BansList {
  static constexpr std::string_view name = "bans.list";
  using Params = Nothing;
  using Item = LiveBan;
};

/// Lets in again whoever bears that name, and forgets what was counted. `not_found` when nobody of that name is banned.
struct BansLift {
  static constexpr std::string_view name = "bans.lift";
  struct Params {
    RESOURCE(Params, lift)
    FIELD(Text, name)
  };
  using Reply = Nothing;
};

/// What is known of a call of that brand and customer (zero = whosever), in order, whether it goes on or is over. `not_found`
/// when nothing is.
struct TraceGet {
  static constexpr std::string_view name = "trace.get";
  struct Params {
    RESOURCE(Params, trace_of)
    FIELD(CallId, call)
    FIELD(Id<model::Brand>, brand)
    FIELD(Id<model::Customer>, customer)
    FIELD(Boolean, hides_carriers)  // They are its brand's business alone.
  };
  using Item = model::TraceItem;
};

/// Read again what may change while it runs: certificates, countries.
struct Reload {
  static constexpr std::string_view name = "reload";
  using Params = Nothing;
  using Reply = Nothing;
};

/// From now on calls are refused (503, Retry-After) and those that run go on; or, `undo`, no longer so. Until the process ends.
struct Drain {
  static constexpr std::string_view name = "drain";
  struct Params {
    RESOURCE(Params, drain)
    FIELD(Boolean, undo)
  };
  struct Reply {
    RESOURCE(Reply, drained)
    FIELD(Integer, calls)  // That still run.
  };
};

/// Configuration has changed: shortens the wait of whoever polls the change number, no more.
struct SnapshotChanged {
  static constexpr std::string_view name = "snapshot.changed";
  struct Params {
    RESOURCE(Params, snapshot_changed)
    FIELD(Integer, change)
  };
  using Reply = Nothing;
};

template <class M>
concept ListMethod = requires { typename M::Item; };
template <class M>
concept WatchMethod = requires { typename M::Event; };

template <class M>
struct AnswerOf {
  using type = typename M::Reply;
};
template <ListMethod M>
struct AnswerOf<M> {
  using type = std::vector<typename M::Item>;
};
/// What a method comes back with: its Reply, or all its Items.
template <class M>
using Answer = typename AnswerOf<M>::type;

}  // namespace carillon::control

/// A struct without fields has nothing to collect.
template <>
inline constexpr carillon::model::Resource carillon::model::resource_of<carillon::control::Nothing>{"nothing", {}};
