// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a record. Each struct lists its fields once; the same list writes and reads them.
#include "journal/records.hpp"

#include <algorithm>
#include <type_traits>

namespace carillon::journal {
namespace {

template <class R, class S>
concept Is = std::is_same_v<std::remove_const_t<R>, S>;

void fields(auto& archive, Is<Setup> auto& r) {
  archive(r.call, r.brand, r.customer, r.sip_call_id, r.started_at, r.direction, r.caller, r.callee, r.caller_user, r.linked_call,
          r.link_reason, r.price, r.carrier);
}
void fields(auto& archive, Is<Reserved> auto& r) {
  archive(r.call, r.lease, r.amount_millionths, r.carrier, r.callee);
}
void fields(auto& archive, Is<Dialog> auto& r) {
  archive(r.call, r.side, r.leg, r.call_id, r.local_uri, r.local_tag, r.remote_uri, r.remote_tag, r.local_cseq, r.remote_cseq,
          r.route_set, r.remote_target, r.flow, r.local_sdp, r.remote_sdp, r.sdp_version, r.on_hold, r.customer, r.terminal,
          r.media_node, r.media_session, r.media_leg, r.media_ports, r.lease, r.account, r.is_initiator, r.local_contact,
          r.identity, r.session_id, r.far_session_id, r.instance, r.allows_update, r.session_seconds, r.is_refresher,
          r.is_only_refresher, r.is_held);
}
void fields(auto& archive, Is<Answered> auto& r) {
  archive(r.call, r.at, r.callee_user, r.callee, r.up.boot, r.up.microseconds);
}
void fields(auto& archive, Is<Alive> auto& r) {
  archive(r.at, r.calls, r.up.boot, r.up.microseconds);
}
void fields(auto& archive, Is<Attempt> auto& r) {
  archive(r.target, r.contact, r.started_at, r.ended_at, r.sip_code, r.is_carrier);
}
void fields(auto& archive, Is<Ended> auto& r) {
  archive(r.call, r.at, r.duration, r.status, r.sip_code, r.attempts, r.decisions, r.broken, r.unheard, r.is_outbound, r.callee,
          r.limit);
}
void fields(auto& archive, Is<Ringing> auto& r) {
  archive(r.call, r.leg, r.side, r.flow, r.local_tag, r.invite);
}
void fields(auto& archive, Is<Registration> auto& r) {
  archive(r.customer, r.terminal, r.contact, r.instance, r.reg_id, r.call_id, r.cseq, r.flow, r.path, r.user_agent,
          r.q_thousandths, r.registered_at, r.expires_at, r.removed);
}

void fields(auto& archive, Is<Subscription> auto& r) {
  archive(r.customer, r.terminal, r.event, r.event_id, r.user, r.call_id, r.local_uri, r.local_tag, r.remote_uri, r.remote_tag,
          r.local_cseq, r.remote_cseq, r.route_set, r.remote_target, r.local_contact, r.flow, r.instance, r.version, r.written_at,
          r.expires_at, r.removed);
}

/// The greatest value of each enumeration.
constexpr auto last_of(Direction) {
  return Direction::inbound;
}
constexpr auto last_of(LinkReason) {
  return LinkReason::onnet;
}
constexpr auto last_of(Status) {
  return Status::failed;
}
constexpr auto last_of(Limit) {
  return Limit::brand;
}
constexpr auto last_of(Side) {
  return Side::callee;
}

/// How many elements a list may have. Only Alive::calls is bounded by its bytes alone.
template <class T>
constexpr std::size_t longest_list = std::is_same_v<T, CallId> ? max_alive : max_list;

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}
  void operator()(const auto&... values) { (put(values), ...); }

 private:
  template <class T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void put(T value) {
    using U = std::make_unsigned_t<std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>>;
    auto rest = static_cast<U>(value);
    char bytes[sizeof(U)];
    for (char& byte : bytes) {
      byte = static_cast<char>(rest & 0xff);
      rest = static_cast<U>(rest >> 8 * (sizeof(U) > 1));
    }
    out_.append(bytes, sizeof bytes);
  }
  void put(CallId id) {
    put(id.high);
    put(id.low);
  }
  void put(Instant instant) { put(instant.time_since_epoch().count()); }
  void put(std::chrono::milliseconds duration) { put(static_cast<std::int64_t>(duration.count())); }
  void put(const std::string& text) {
    const std::size_t size = std::min(text.size(), max_text);
    put(static_cast<std::uint16_t>(size));
    const std::size_t begin = out_.size();
    out_.append(text, 0, size);
    if (text.contains('\xff')) std::replace(out_.begin() + static_cast<std::ptrdiff_t>(begin), out_.end(), '\xff', '?');
  }
  /// With its length in front, so that fields can be appended to it as well.
  void put(const Attempt& attempt) {
    constexpr std::size_t longest = 2048;  // So that the whole always fits one text.
    Attempt cut = attempt;
    cut.target.resize(std::min(cut.target.size(), longest));
    cut.contact.resize(std::min(cut.contact.size(), longest));
    std::string inner;
    Encoder encoder(inner);
    fields(encoder, std::as_const(cut));
    put(inner);
  }
  template <class T>
  void put(const std::vector<T>& list) {
    const std::size_t count = std::min(list.size(), longest_list<T>);
    put(static_cast<std::uint32_t>(count));
    for (std::size_t i = 0; i < count; ++i) put(list[i]);
  }

  std::string& out_;
};

/// Reads what Encoder wrote. A field that would begin at the end of the payload was unknown to the writer and keeps its default.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}
  void operator()(auto&... values) { (optional(values), ...); }
  bool is_sound() const { return sound_; }

 private:
  template <class T>
  void optional(T& value) {
    if (sound_ && !bytes_.empty()) get(value);
  }
  std::string_view take(std::size_t count) {
    if (bytes_.size() < count) sound_ = false;
    if (!sound_) return {};
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  template <class T>
    requires std::is_integral_v<T>
  void get(T& value) {
    using U = std::make_unsigned_t<std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>>;
    const std::string_view taken = take(sizeof(U));
    U whole = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      whole = static_cast<U>(whole | static_cast<U>(static_cast<U>(static_cast<unsigned char>(taken[i])) << (8 * i)));
    }
    if constexpr (std::is_same_v<T, bool>) sound_ = sound_ && whole <= 1;
    value = static_cast<T>(whole);
  }
  template <class E>
    requires std::is_enum_v<E>
  void get(E& value) {
    std::uint8_t number = 0;
    get(number);
    if (number > static_cast<std::uint8_t>(last_of(E{})))
      sound_ = false;
    else
      value = static_cast<E>(number);
  }
  void get(CallId& id) {
    get(id.high);
    get(id.low);
  }
  void get(Instant& instant) {
    std::int64_t count = 0;
    get(count);
    instant = Instant(Duration(count));
  }
  void get(std::chrono::milliseconds& duration) {
    std::int64_t count = 0;
    get(count);
    duration = std::chrono::milliseconds(count);
  }
  void get(std::string& text) {
    std::uint16_t size = 0;
    get(size);
    text = take(size);
  }
  void get(Attempt& attempt) {
    std::string inner;
    get(inner);
    Decoder decoder(inner);
    fields(decoder, attempt);
    sound_ = sound_ && decoder.is_sound();
  }
  template <class T>
  void get(std::vector<T>& list) {
    std::uint32_t count = 0;
    get(count);
    if (count > longest_list<T> || count > bytes_.size()) sound_ = false;
    for (std::uint32_t i = 0; i < count && sound_; ++i) get(list.emplace_back());
  }

  std::string_view bytes_;
  bool sound_ = true;
};

template <class R>
Result<R> decode_as(std::string_view payload) {
  R record;
  Decoder decoder(payload);
  fields(decoder, record);
  if (!decoder.is_sound()) return failure(Fault::bad_record);
  return record;
}

}  // namespace

Uptime uptime_of(Monotonic moment) {
  return {.boot = boot_number(), .microseconds = moment.time_since_epoch().count()};
}

std::optional<Duration> elapsed(const Uptime& from, const Uptime& to) {
  if (from.boot == 0 || from.boot != to.boot) return std::nullopt;
  return Duration(to.microseconds - from.microseconds);
}

Type type_of(const Record& record) {
  // The alternatives stand in the order of their numbers.
  return static_cast<Type>(record.index() + static_cast<std::size_t>(Type::setup));
}

CallId call_of(const Record& record) {
  return std::visit(
      [](const auto& r) {
        if constexpr (requires { r.call; })
          return r.call;
        else
          return CallId{};
      },
      record);
}

void encode(const Record& record, std::string& out) {
  Encoder encoder(out);
  std::visit([&](const auto& r) { fields(encoder, r); }, record);
}

void encode(const Registration& record, std::string& out) {
  Encoder encoder(out);
  fields(encoder, record);
}

void encode(const Subscription& record, std::string& out) {
  Encoder encoder(out);
  fields(encoder, record);
}

Result<Record> decode(Type type, std::string_view payload) {
  switch (type) {
    case Type::setup:
      return decode_as<Setup>(payload);
    case Type::reserved:
      return decode_as<Reserved>(payload);
    case Type::dialog:
      return decode_as<Dialog>(payload);
    case Type::answered:
      return decode_as<Answered>(payload);
    case Type::alive:
      return decode_as<Alive>(payload);
    case Type::ended:
      return decode_as<Ended>(payload);
    case Type::ringing:
      return decode_as<Ringing>(payload);
    case Type::segment:
    case Type::registration:
    case Type::subscription:
      break;
  }
  return failure(Fault::bad_record);
}

Result<Registration> decode_registration(std::string_view payload) {
  return decode_as<Registration>(payload);
}

Result<Subscription> decode_subscription(std::string_view payload) {
  return decode_as<Subscription>(payload);
}

}  // namespace carillon::journal
