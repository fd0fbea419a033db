// SPDX-License-Identifier: GPL-3.0-or-later
// In which order contacts ring (RFC 3261 §16.6): all at once, or those of the highest q first and the next when nobody answered.
#pragma once

#include <span>
#include <vector>

#include "call/ports.hpp"

namespace carillon::call {

class ForkPlan {
 public:
  /// `contacts`: highest q first.
  ForkPlan(std::vector<Contact> contacts, bool is_serial) : contacts_(std::move(contacts)), is_serial_(is_serial) {}

  /// Those whose turn is next; empty when all had theirs. Valid as long as the plan.
  std::span<const Contact> take_next() {
    const std::size_t first = taken_;
    while (taken_ < contacts_.size() && (!is_serial_ || contacts_[taken_].q_thousandths == contacts_[first].q_thousandths))
      ++taken_;
    return std::span(contacts_).subspan(first, taken_ - first);
  }
  /// Nobody is left.
  bool is_last() const { return taken_ == contacts_.size(); }

 private:
  std::vector<Contact> contacts_;
  bool is_serial_;
  std::size_t taken_ = 0;
};

}  // namespace carillon::call
