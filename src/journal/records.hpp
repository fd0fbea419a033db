// SPDX-License-Identifier: GPL-3.0-or-later
// What the journal and the registration logs say: plain values, and how they become bytes. Fields are only ever appended, so that
// an older reader ignores what it does not know and a newer one leaves defaults for what an older writer did not say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace carillon::journal {

enum class Fault { io, no_space, corrupt, too_large, buffer_full, bad_record };
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"journal.io",        "journal.no_space",    "journal.corrupt",
                                        "journal.too_large", "journal.buffer_full", "journal.bad_record"};
  return names[static_cast<std::size_t>(fault)];
}

/// Numbers are part of the format. The names equal those of model::Direction, LinkReason and CallStatus, value for value.
enum class Direction : std::uint8_t { internal, outbound, inbound };
enum class LinkReason : std::uint8_t { none, forward, transfer, pickup, onnet };
enum class Status : std::uint8_t { ok, busy, noanswer, cancel, offline, timeout, failed };
enum class Side : std::uint8_t { caller, callee };
/// Whose limit of calls begun in a minute kept a call from being made.
enum class Limit : std::uint8_t { none, terminal, user, customer, brand };

constexpr std::size_t max_decision_log = 4096;  ///< What a stored record keeps of Ended::decisions.
constexpr std::size_t max_text = 65535;         ///< Longest text of a record; longer ones are cut when written.
constexpr std::size_t max_list = 64;            ///< Attempts, routes, paths, ports of a record, likewise.
constexpr std::size_t max_alive = 100'000;      ///< Calls of one Alive record: a shard with more writes several.

/// A moment on the clock that nobody sets, which means something to processes of the same boot of the machine.
struct Uptime {
  std::uint64_t boot = 0;  ///< boot_number(); 0: the moment is not known.
  std::int64_t microseconds = 0;
  auto operator<=>(const Uptime&) const = default;
};
Uptime uptime_of(Monotonic moment);
/// Nothing when one is not known, or there was a boot between them.
std::optional<Duration> elapsed(const Uptime& from, const Uptime& to);

/// An INVITE was accepted from a caller, or created by a forward, transfer or pickup.
struct Setup {
  CallId call;
  std::int64_t brand = 0;  ///< Entity ids as their 63-bit values.
  std::int64_t customer = 0;
  std::string sip_call_id;  ///< Of the caller's leg.
  Instant started_at;
  Direction direction{};
  std::string caller;
  std::string callee;
  std::int64_t caller_user = 0;
  CallId linked_call;
  LinkReason link_reason{};
  std::string price;         ///< The frozen price; empty while calls are free.
  std::int64_t carrier = 0;  ///< That brought it; 0: none did.
  bool operator==(const Setup&) const = default;
};

/// The call goes to a carrier, and the money is set aside. Written before the INVITE to it.
struct Reserved {
  CallId call;
  std::int64_t lease = 0;
  std::int64_t amount_millionths = 0;
  std::int64_t carrier = 0;
  std::string callee;  ///< Who is called, in E.164.
  bool operator==(const Reserved&) const = default;
};

/// All that is needed to take up one leg again after a crash. Written again whenever something of it changes.
struct Dialog {
  CallId call;
  Side side{};
  std::uint32_t leg = 0;  ///< Number of the leg within the call.
  std::string call_id;
  std::string local_uri;  ///< With our tag in local_tag.
  std::string local_tag;
  std::string remote_uri;
  std::string remote_tag;
  std::uint32_t local_cseq = 0;
  std::uint32_t remote_cseq = 0;
  std::vector<std::string> route_set;
  std::string remote_target;
  std::string flow;  ///< Transport, listener, local and remote address, as the agent writes them.
  std::string local_sdp;
  std::string remote_sdp;
  std::uint64_t sdp_version = 0;
  bool on_hold = false;
  std::int64_t customer = 0;
  std::int64_t terminal = 0;  ///< Whose leg it is; 0 for a carrier's.
  std::string media_node;
  std::string media_session;
  std::string media_leg;
  std::vector<std::uint16_t> media_ports;
  std::int64_t lease = 0;
  std::string account;        ///< The terminal's name: who may speak for this leg.
  bool is_initiator = false;  ///< Our INVITE made the dialog.
  std::string local_contact;  ///< URI.
  std::string identity;       ///< Who the peer was told is at the other end, as a name-addr.
  std::string session_id;     ///< The peer's half of Session-ID, and that of the other end.
  std::string far_session_id;
  std::string instance;  ///< That the device registered by its connection; of a carrier: whose certificate it showed; or empty.
  bool allows_update = false;
  std::uint32_t session_seconds = 0;  ///< Of RFC 4028; 0: no timer runs.
  bool is_refresher = false;          ///< We refresh.
  bool is_only_refresher = false;     ///< The peer knows no timers.
  bool is_held = false;               ///< By us, whatever its device thinks of itself.
  bool operator==(const Dialog&) const = default;
};

/// The callee answered. Durable before the 200 leaves.
struct Answered {
  CallId call;
  Instant at;
  std::int64_t callee_user = 0;
  std::string callee;  ///< Who answered, when that is not who was called; else empty.
  Uptime up{};         ///< The same moment as `at`.
  bool operator==(const Answered&) const = default;
};

/// These answered calls were still up. One record every 5 s for all of a shard.
struct Alive {
  Instant at;
  std::vector<CallId> calls;
  Uptime up{};  ///< The same moment as `at`.
  bool operator==(const Alive&) const = default;
};

/// One branch or carrier that was tried.
struct Attempt {
  std::string target;
  std::string contact;
  Instant started_at;
  Instant ended_at;
  std::uint16_t sip_code = 0;
  bool is_carrier = false;  ///< Where it was is the brand's to know.
  bool operator==(const Attempt&) const = default;
};

/// The call is over. Durable before money is released; the last record of a call.
struct Ended {
  CallId call;
  Instant at;
  std::chrono::milliseconds duration{};  ///< From the answer, on the clock that never jumps; zero when nobody answered.
  Status status{};
  std::uint16_t sip_code = 0;  ///< The final answer the caller got.
  std::vector<Attempt> attempts;
  std::string decisions;     ///< Why the call went where it went, one line each.
  bool broken = false;       ///< Ended by a fault of ours.
  bool unheard = false;      ///< Answered came to nothing: the caller had gone before its 200 left.
  bool is_outbound = false;  ///< It went to the world, or was to.
  std::string callee;        ///< Who was called, where Setup knew only what was dialled; else empty.
  Limit limit{};             ///< That kept it from being made.
  bool operator==(const Ended&) const = default;
};

/// A leg has been rung, or rings us, and has no final answer yet: what it takes to tell it that nothing will come of it.
struct Ringing {
  CallId call;
  std::uint32_t leg = 0;  ///< Number of the leg within the call; the caller's is 1.
  Side side{};
  std::string flow;       ///< As in Dialog.
  std::string local_tag;  ///< Of the caller's side, which our answers bear.
  std::string invite;     ///< The message: the caller's, or ours to the device.
  bool operator==(const Ringing&) const = default;
};

using Record = std::variant<Setup, Reserved, Dialog, Answered, Alive, Ended, Ringing>;

/// A call that has begun and not ended: what a signalling process that was killed leaves behind.
struct UnfinishedCall {
  Setup setup;
  std::optional<Reserved> reserved;
  std::optional<Answered> answered;
  std::vector<Dialog> dialogs;      ///< The newest of each leg.
  std::vector<Ringing> ringing;     ///< Likewise, while it is not answered.
  std::optional<Instant> alive_at;  ///< The last that was heard of it, by the clock of `answered`.
};

/// A contact of a terminal, or its removal.
struct Registration {
  std::int64_t customer = 0;
  std::int64_t terminal = 0;
  std::string contact;   ///< The Contact URI, with its parameters.
  std::string instance;  ///< +sip.instance, empty if none.
  std::uint32_t reg_id = 0;
  std::string call_id;
  std::uint32_t cseq = 0;
  std::string flow;  ///< As in Dialog.
  std::vector<std::string> path;
  std::string user_agent;
  std::uint16_t q_thousandths = 1000;
  Instant registered_at;
  Instant expires_at;
  bool removed = false;
  bool operator==(const Registration&) const = default;
};

/// Who watches something (RFC 6665), or no longer does: what it takes to notify again after a restart.
struct Subscription {
  std::int64_t customer = 0;
  std::int64_t terminal = 0;  ///< Who watches.
  std::string event;          ///< As in Event, without an id.
  std::string event_id;
  std::string user;  ///< Of the address that is watched.
  std::string call_id;
  std::string local_uri;
  std::string local_tag;  ///< By which the newest record of a subscription is known.
  std::string remote_uri;
  std::string remote_tag;
  std::uint32_t local_cseq = 0;
  std::uint32_t remote_cseq = 0;
  std::vector<std::string> route_set;
  std::string remote_target;
  std::string local_contact;
  std::string flow;           ///< As in Dialog.
  std::string instance;       ///< Likewise.
  std::uint32_t version = 0;  ///< Of the next notification.
  Instant written_at;         ///< Notifications since then are at most one a second.
  Instant expires_at;
  bool removed = false;
  bool operator==(const Subscription&) const = default;
};

/// What a frame holds. Numbers are part of the format.
enum class Type : std::uint8_t {
  segment = 1,
  setup = 2,
  reserved = 3,
  dialog = 4,
  answered = 5,
  alive = 6,
  ended = 7,
  ringing = 8,
  registration = 32,
  subscription = 33
};

Type type_of(const Record& record);
/// The call a record belongs to; zero for Alive.
CallId call_of(const Record& record);

/// Appends the payload of a record to `out`.
void encode(const Record& record, std::string& out);
void encode(const Registration& record, std::string& out);
void encode(const Subscription& record, std::string& out);

/// Reads a payload. Any bytes are safe to pass; a text that runs over the end, a count that cannot be, a value outside its
/// enumeration are `bad_record`.
Result<Record> decode(Type type, std::string_view payload);
Result<Registration> decode_registration(std::string_view payload);
Result<Subscription> decode_subscription(std::string_view payload);

}  // namespace carillon::journal
