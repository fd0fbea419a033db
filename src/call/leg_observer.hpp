// SPDX-License-Identifier: GPL-3.0-or-later
// Whoever wants to know what the telephones are doing: lamps, live lists.
#pragma once

namespace carillon::call {

class Leg;

/// Whoever wants to know what the telephones are doing.
class LegObserver {
 public:
  /// The leg is in another state, or somebody else is behind it. The last word is `draining` or `over`; the leg may go after it.
  virtual void on_leg_changed(const Leg& leg) = 0;

 protected:
  ~LegObserver() = default;
};

}  // namespace carillon::call
