// SPDX-License-Identifier: GPL-3.0-or-later
// Leg commands to and from bencode dictionaries.
#include "ng/leg_wire.hpp"

#include <algorithm>
#include <limits>

namespace carillon::ng {

namespace {

constexpr std::size_t max_payload_changes = 128;

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

// --- writing

void write(Writer& out, std::string_view key, const Endpoint& endpoint) {
  if (endpoint == Endpoint()) return;
  char raw[18];
  std::copy(endpoint.bytes.begin(), endpoint.bytes.end(), raw);
  raw[16] = static_cast<char>(endpoint.port >> 8);
  raw[17] = static_cast<char>(endpoint.port);
  out.key(key).string({raw, sizeof raw});
}

void write(Writer& out, const StreamSpec& stream) {
  out.dictionary().key("kind").integer(static_cast<int>(stream.kind));
  out.key("from-peer").integer(stream.from_peer).key("to-peer").integer(stream.to_peer);
  if (stream.rtcp_mux) out.key("rtcp-mux").integer(1);
  write(out, "remote", stream.remote);
  write(out, "remote-rtcp", stream.remote_rtcp);
  if (!stream.payload_changes.empty()) {
    out.key("payloads").list();
    for (auto change : stream.payload_changes) out.integer(change.from).integer(change.to);
    out.end();
  }
  if (stream.srtp) {
    const SrtpKeys& keys = *stream.srtp;
    out.key("srtp").list().integer(static_cast<int>(keys.ours.profile)).string(keys.ours.master).string(keys.theirs.master).end();
  }
  out.end();
}

void write(Writer& out, const LegSpec& spec) {
  if (spec.is_for_help) out.key("help").integer(1);
  if (spec.is_internal) out.key("internal").integer(1);
  write(out, "local", spec.local);
  write(out, "source", spec.signalling_source);
  out.key("streams").list();
  for (auto& stream : spec.streams) write(out, stream);
  out.end();
}

void write(Writer& out, const Command& command) {
  auto start = [&](std::string_view name, std::uint16_t leg) { out.dictionary().key("do").string(name).key("leg").integer(leg); };
  std::visit(Match{[&](const Create& c) {
                     start("create", c.leg);
                     write(out, c.spec);
                   },
                   [&](const Modify& c) {
                     start("modify", c.leg);
                     write(out, c.spec);
                   },
                   [&](const Connect& c) {
                     start("connect", c.leg);
                     out.key("other-call").string(to_hex(c.other.call)).key("other").integer(c.other.number);
                     out.key("phase").integer(static_cast<int>(c.phase));
                   },
                   [&](const Disconnect& c) { start("disconnect", c.leg); }, [&](const Destroy& c) { start("destroy", c.leg); },
                   [&](const Query&) { start("query", 0); }},
             command);
  out.end();
}

void write(Writer& out, const LegPorts& ports) {
  out.dictionary();
  if (ports.is_everywhere) out.key("everywhere").integer(1);
  out.key("leg").integer(ports.leg).key("streams").list();
  for (auto& stream : ports.streams) {
    out.dictionary();
    write(out, "rtp", stream.rtp);
    out.key("rtcp").integer(stream.rtcp_port).end();
  }
  out.end().end();
}

void write(Writer& out, const StreamStatistics& s) {
  out.dictionary().key("kind").integer(static_cast<int>(s.kind));
  write(out, "remote", s.remote);
  out.key("counts").list();
  for (auto count : {s.received_packets, s.received_bytes, s.lost, s.sent_packets, s.sent_bytes, s.strangers, s.discarded}) {
    out.integer(static_cast<std::int64_t>(count));
  }
  out.end();
  if (s.reported) out.key("reported").list().integer(s.reported->lost).integer(s.reported->jitter).end();
  out.end();
}

void write_statistics(Writer& out, const std::vector<LegStatistics>& legs) {
  if (legs.empty()) return;
  out.key("statistics").list();
  for (auto& leg : legs) {
    out.dictionary().key("leg").integer(leg.leg).key("streams").list();
    for (auto& stream : leg.streams) write(out, stream);
    out.end().end();
  }
  out.end();
}

void write(Writer& out, const Event& event) {
  std::visit(Match{[&](const MediaTimeout& e) {
                     out.key("event").string("media-timeout").key("call").string(to_hex(e.leg.call));
                     out.key("leg").integer(e.leg.number).key("silent").integer(e.silent_ms);
                     out.key("stream").integer(e.stream);
                   },
                   [&](const Ended& e) {
                     out.key("event").string("ended").key("call").string(to_hex(e.call));
                     out.key("reason").integer(static_cast<int>(e.reason));
                     write_statistics(out, e.statistics);
                   }},
             event);
}

// --- reading

template <class Number>
Result<Number> number_at(const Value& value, std::string_view key, std::int64_t limit) {
  auto number = value.integer_at(key);
  if (!number || *number < 0 || *number > limit) return failure(Fault::not_a_request, std::string(key));
  return static_cast<Number>(*number);
}

Result<Endpoint> endpoint_at(const Value& value, std::string_view key) {
  auto raw = value.string_at(key);
  if (raw.empty()) return Endpoint();
  if (raw.size() != 18) return failure(Fault::not_a_request, std::string(key));
  Endpoint endpoint;
  std::copy_n(raw.begin(), endpoint.bytes.size(), endpoint.bytes.begin());
  endpoint.port = static_cast<std::uint16_t>(static_cast<unsigned char>(raw[16]) << 8 | static_cast<unsigned char>(raw[17]));
  return endpoint;
}

Result<CallId> call_at(const Value& value, std::string_view key) {
  auto call = call_id_from_hex(value.string_at(key));
  if (!call) return failure(Fault::not_a_request, std::string(key));
  return *call;
}

/// Reads each item of the list at `key` with `read`.
template <class T>
Result<std::vector<T>> each_at(const Value& value, std::string_view key, std::size_t limit, Result<T> (*read)(const Value&)) {
  auto items = value.list_at(key);
  if (items.size() > limit) return failure(Fault::not_a_request, std::string(key));
  std::vector<T> result;
  result.reserve(items.size());
  for (const Value& item : items) {
    CARILLON_TRY(content, read(item));
    result.push_back(std::move(content));
  }
  return result;
}

/// Profile, our key, theirs.
Result<std::optional<SrtpKeys>> read_keys(const Value& value) {
  const auto list = value.list_at("srtp");
  if (list.size() == 0) return std::nullopt;
  const auto wrong = failure(Fault::not_a_request, "srtp");
  if (list.size() != 3) return wrong;
  auto item = list.begin();
  const auto number = (*item).as_integer();
  if (!number || *number < 0 || *number >= static_cast<std::int64_t>(rtp::srtp_profiles.size())) return wrong;
  const auto profile = static_cast<rtp::SrtpProfile>(*number);
  SrtpKeys keys{{profile, {}}, {profile, {}}};
  for (rtp::SrtpKey* key : {&keys.ours, &keys.theirs}) {
    key->master = (*++item).as_string().value_or("");
    if (key->master.size() != rtp::master_size(profile)) return wrong;
  }
  return keys;
}

Result<StreamSpec> read_stream(const Value& value) {
  StreamSpec stream;
  CARILLON_TRY(kind, number_at<Kind>(value, "kind", static_cast<int>(Kind::other)));
  CARILLON_TRY(remote, endpoint_at(value, "remote"));
  CARILLON_TRY(remote_rtcp, endpoint_at(value, "remote-rtcp"));
  CARILLON_TRY(keys, read_keys(value));
  stream.kind = kind;
  stream.srtp = std::move(keys);
  stream.remote = remote;
  stream.remote_rtcp = remote_rtcp;
  stream.rtcp_mux = value.integer_at("rtcp-mux").value_or(0) != 0;
  stream.from_peer = value.integer_at("from-peer").value_or(1) != 0;
  stream.to_peer = value.integer_at("to-peer").value_or(1) != 0;
  auto payloads = value.list_at("payloads");
  if (payloads.size() % 2 != 0 || payloads.size() > 2 * max_payload_changes) return failure(Fault::not_a_request, "payloads");
  for (auto item = payloads.begin(); item != payloads.end(); ++item) {
    auto from = (*item).as_integer(), to = (*++item).as_integer();
    if (!from || !to || *from < 0 || *from > 127 || *to < 0 || *to > 127) return failure(Fault::not_a_request, "payloads");
    stream.payload_changes.push_back({static_cast<std::uint8_t>(*from), static_cast<std::uint8_t>(*to)});
  }
  return stream;
}

Result<LegSpec> read_spec(const Value& value) {
  LegSpec spec;
  CARILLON_TRY(local, endpoint_at(value, "local"));
  CARILLON_TRY(source, endpoint_at(value, "source"));
  CARILLON_TRY(streams, each_at(value, "streams", max_streams, read_stream));
  spec.signalling_source = source;
  spec.streams = std::move(streams);
  spec.local = local;
  spec.is_internal = value.integer_at("internal").value_or(0) != 0;
  spec.is_for_help = value.integer_at("help").value_or(0) != 0;
  return spec;
}

Result<Command> read_command(const Value& value) {
  auto name = value.string_at("do");
  CARILLON_TRY(leg, number_at<std::uint16_t>(value, "leg", 65535));
  if (name == "create" || name == "modify") {
    CARILLON_TRY(spec, read_spec(value));
    if (name == "create") return Create{leg, std::move(spec)};
    return Modify{leg, std::move(spec)};
  }
  if (name == "connect") {
    CARILLON_TRY(call, call_at(value, "other-call"));
    CARILLON_TRY(other, number_at<std::uint16_t>(value, "other", 65535));
    CARILLON_TRY(phase, number_at<Phase>(value, "phase", static_cast<int>(Phase::answered)));
    return Connect{leg, {call, other}, phase};
  }
  if (name == "disconnect") return Disconnect{leg};
  if (name == "destroy") return Destroy{leg};
  if (name == "query") return Query{};
  return failure(Fault::not_a_request, "do");
}

Result<StreamPorts> read_stream_ports(const Value& value) {
  CARILLON_TRY(rtp, endpoint_at(value, "rtp"));
  CARILLON_TRY(rtcp, number_at<std::uint16_t>(value, "rtcp", 65535));
  return StreamPorts{rtp, rtcp};
}

Result<LegPorts> read_ports(const Value& value) {
  CARILLON_TRY(leg, number_at<std::uint16_t>(value, "leg", 65535));
  CARILLON_TRY(streams, each_at(value, "streams", max_streams, read_stream_ports));
  const bool is_everywhere = value.integer_at("everywhere").value_or(0) != 0;
  return LegPorts{leg, std::move(streams), is_everywhere};
}

Result<StreamStatistics> read_stream_statistics(const Value& value) {
  StreamStatistics s;
  CARILLON_TRY(kind, number_at<Kind>(value, "kind", static_cast<int>(Kind::other)));
  CARILLON_TRY(remote, endpoint_at(value, "remote"));
  s.kind = kind;
  s.remote = remote;
  std::uint64_t* const counts[] = {&s.received_packets, &s.received_bytes, &s.lost,     &s.sent_packets,
                                   &s.sent_bytes,       &s.strangers,      &s.discarded};
  auto list = value.list_at("counts");
  if (list.size() != std::size(counts)) return failure(Fault::not_a_request, "counts");
  auto* const* count = counts;
  for (const Value& item : list) **count++ = static_cast<std::uint64_t>(item.as_integer().value_or(0));
  if (auto reported = value.list_at("reported"); reported.size() == 2) {
    auto item = reported.begin();
    s.reported = PeerReport{.lost = (*item).as_integer().value_or(0)};
    s.reported->jitter = static_cast<std::uint32_t>((*++item).as_integer().value_or(0));
  }
  return s;
}

Result<LegStatistics> read_leg_statistics(const Value& value) {
  CARILLON_TRY(leg, number_at<std::uint16_t>(value, "leg", 65535));
  CARILLON_TRY(streams, each_at(value, "streams", max_streams, read_stream_statistics));
  return LegStatistics{leg, std::move(streams)};
}

constexpr std::size_t max_legs_told = 256;

Result<Answer> read_event(const Value& body) {
  CARILLON_TRY(call, call_at(body, "call"));
  if (body.string_at("event") == "media-timeout") {
    CARILLON_TRY(leg, number_at<std::uint16_t>(body, "leg", 65535));
    CARILLON_TRY(stream, number_at<std::uint16_t>(body, "stream", max_streams));
    CARILLON_TRY(silent, number_at<std::uint32_t>(body, "silent", std::numeric_limits<std::uint32_t>::max()));
    return Event(MediaTimeout{{call, leg}, stream, silent});
  }
  if (body.string_at("event") != "ended") return failure(Fault::not_a_request, "event");
  CARILLON_TRY(reason, number_at<EndReason>(body, "reason", static_cast<int>(EndReason::abandoned)));
  CARILLON_TRY(statistics, each_at(body, "statistics", max_legs_told, read_leg_statistics));
  return Event(Ended{call, reason, std::move(statistics)});
}

}  // namespace

void encode(std::string& out, std::string_view cookie, const Order& order) {
  out.append(cookie).push_back(' ');
  Writer writer(out);
  writer.dictionary();
  std::visit(Match{[&](const Hello& hello) {
                     writer.key("command").string("hello").key("owner").integer(static_cast<std::int64_t>(hello.owner));
                   },
                   [&](const Request& request) {
                     writer.key("command").string("legs").key("call").string(to_hex(request.call)).key("commands").list();
                     for (auto& command : request.commands) write(writer, command);
                     writer.end();
                   }},
             order);
  writer.end();
}

void encode(std::string& out, std::string_view cookie, const Answer& answer) {
  out.append(cookie).push_back(' ');
  Writer writer(out);
  writer.dictionary();
  std::visit(Match{[&](const Welcome& welcome) {
                     writer.key("result").string("ok").key("process").integer(static_cast<std::int64_t>(welcome.process));
                   },
                   [&](const Outcome& outcome) {
                     writer.key("result").string("ok");
                     if (!outcome.ports.empty()) {
                       writer.key("ports").list();
                       for (auto& ports : outcome.ports) write(writer, ports);
                       writer.end();
                     }
                     write_statistics(writer, outcome.statistics);
                   },
                   [&](const Refusal& refusal) { writer.key("result").string("error").key("error-reason").string(refusal.code); },
                   [&](const Event& event) { write(writer, event); }},
             answer);
  writer.end();
}

Result<Order> decode_order(const Value& body) {
  auto name = body.string_at("command");
  if (name == "hello") {
    auto owner = body.integer_at("owner");
    if (!owner) return failure(Fault::not_a_request, "owner");
    return Hello{static_cast<std::uint64_t>(*owner)};
  }
  if (name != "legs") return failure(Fault::not_a_request, "command");
  CARILLON_TRY(call, call_at(body, "call"));
  CARILLON_TRY(commands, each_at(body, "commands", max_commands, read_command));
  if (commands.empty()) return failure(Fault::not_a_request, "commands");
  return Request{call, std::move(commands)};
}

Result<Answer> decode_answer(const Value& body) {
  if (body.find("event")) return read_event(body);
  auto result = body.string_at("result");
  if (result == "error") return Refusal{std::string(body.string_at("error-reason"))};
  if (result != "ok") return failure(Fault::not_a_request, "result");
  if (auto process = body.integer_at("process")) return Welcome{static_cast<std::uint64_t>(*process)};
  CARILLON_TRY(ports, each_at(body, "ports", max_commands, read_ports));
  CARILLON_TRY(statistics, each_at(body, "statistics", max_legs_told, read_leg_statistics));
  return Outcome{std::move(ports), std::move(statistics)};
}

}  // namespace carillon::ng
