// SPDX-License-Identifier: GPL-3.0-or-later
// A telephone and whoever uses it, who does by chance what people do: calls, answers or not, holds, transfers, talks, pulls the
// plug. It is as wrong about the state of a call as its network makes it.
#pragma once

#include <functional>
#include <memory>
#include <random>

#include "flows/phone.hpp"

namespace carillon::simulation {

class Actor {
 public:
  struct Part {
    net::Address host;
    net::Address server;
    flows::Phone::Account account;
    bool is_tcp = false;
    std::vector<std::string> numbers;  ///< Of everybody it may call.
    std::string word;                  ///< What it says.
  };
  using Note = std::function<void(std::string_view what)>;

  Actor(Loop& loop, test::SimulatedWire& wire, Part part, std::uint64_t seed, Note note);

  /// Begins no more calls and ends what it has: by hanging up, or by falling silent for good.
  void retire(bool falls_silent);

  const Part& part() const { return part_; }
  /// Frames heard so far, by word, of all telephones that it has had.
  std::map<std::string, int> heard() const;

 private:
  enum class State { idle, calling, invited, talking };
  void act();
  void look();
  void begin();
  void wait_for_answer();
  void be_called();
  void talk();
  void plug_in();
  void pull_plug(Duration away);
  void enter(State state);
  bool chance(double share) { return static_cast<double>(random_() >> 11) * 0x1p-53 < share; }
  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  Duration between(Duration least, Duration most);

  Loop& loop_;
  test::SimulatedWire& wire_;
  Part part_;
  std::mt19937_64 random_;
  Note note_;
  std::unique_ptr<flows::Phone> phone_;
  std::map<std::string, int> heard_before_;
  State state_ = State::idle;
  Monotonic state_until_{};  ///< When it loses patience.
  Monotonic registered_until_{};
  Monotonic plugged_in_at_{};
  bool is_retired_ = false;
  bool is_silent_ = false;
  Timer act_;
};

}  // namespace carillon::simulation
