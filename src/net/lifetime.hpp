// SPDX-License-Identifier: GPL-3.0-or-later
// A receiver may destroy the very object that calls it. This lets the caller notice and keep its hands off.
#pragma once

namespace carillon::net {

/// A member of an object that calls others. While such a call runs, the caller holds a Guard and asks it afterwards.
class Lifetime {
 public:
  Lifetime() = default;
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;
  ~Lifetime() {
    for (Guard* guard = innermost_; guard; guard = guard->outer_) guard->lifetime_ = nullptr;
  }

  class Guard {
   public:
    explicit Guard(Lifetime& lifetime) : lifetime_(&lifetime), outer_(lifetime.innermost_) { lifetime.innermost_ = this; }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      if (lifetime_) lifetime_->innermost_ = outer_;
    }
    bool is_over() const { return !lifetime_; }

   private:
    friend class Lifetime;
    Lifetime* lifetime_;
    Guard* outer_;
  };

 private:
  Guard* innermost_ = nullptr;
};

}  // namespace carillon::net
