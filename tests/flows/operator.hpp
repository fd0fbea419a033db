// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody at a screen: wants calls held, sent elsewhere, ended and begun, as the API asks it of signalling.
#pragma once

#include <string>
#include <vector>

#include "base/id.hpp"
#include "model/user.hpp"

namespace carillon::flows {

class Platform;

class Operator {
 public:
  explicit Operator(Platform& platform) : platform_(platform) {}

  /// What a line that begins with "operator" says; false when it says nothing that is known.
  bool act(const std::vector<std::string>& words);

  std::string told;  ///< What became of the last wish: "done", "refused 486"; empty while it waits.

 private:
  bool wish(const std::vector<std::string>& words);
  void originate(const std::string& number, const std::string& account, bool is_auto_answer);
  CallId oldest_call() const;

  Platform& platform_;
  Id<model::User> user_;  ///< For whom it acts; none: for everybody.
};

}  // namespace carillon::flows
