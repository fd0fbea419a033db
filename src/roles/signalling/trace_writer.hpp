// SPDX-License-Identifier: GPL-3.0-or-later
// What the calls of one shard say for their traces, collected and handed over in batches.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "base/loop.hpp"
#include "roles/signalling/trace_disk.hpp"
#include "trace/sink.hpp"

namespace carillon::roles {

class TraceWriter final : public trace::Sink {
 public:
  static constexpr std::size_t batch_max = 256 * 1024;
  static constexpr Duration batch_age = 100ms;

  /// Both outlive it.
  TraceWriter(Loop& loop, TraceDisk& disk);
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;
  /// Hands over what is there.
  ~TraceWriter();

  void begin_call(const CallId& call, std::int64_t brand, std::int64_t customer) override;
  void end_call(const CallId& call) override;
  void message(const CallId& call, trace::Audience audience, trace::Direction direction, const net::Flow& flow,
               std::string_view bytes) override;
  void decision(const CallId& call, trace::Audience audience, std::string_view line) override;
  void quality(const CallId& call, std::uint8_t leg, const net::Address& from, std::string_view line) override;

  /// Hands over what is there, for who wants to read it.
  void flush();

 private:
  /// What comes after the end of a call: media's last word.
  static constexpr Duration afterwards = 10s;
  static constexpr Duration idle_interval = 60s;
  struct Tenant {
    std::int64_t brand = 0;
    std::int64_t customer = 0;
  };
  struct Ended {
    CallId call;
    Monotonic forget_at{};
  };
  void add(const CallId& call, trace::Item item);
  void look();

  Loop& loop_;
  TraceDisk& disk_;
  std::string batch_;
  std::size_t items_ = 0;
  std::unordered_map<CallId, Tenant> calls_;
  std::deque<Ended> ended_;
  Timer look_;
};

}  // namespace carillon::roles
