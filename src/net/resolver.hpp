// SPDX-License-Identifier: GPL-3.0-or-later
// Who asks the DNS for what lives on a loop: questions leave at once, answers come when they come, and nobody waits for anybody
// else's name.
#pragma once

#include <functional>

#include "net/dns.hpp"

namespace carillon::net {

/// Lives on one loop. `CachingResolver` is what calls use, over an `AresResolver`; tests have tests/support/fake_resolver.hpp.
class Resolver {
 public:
  /// Called once, on the loop's thread; before ask() returns where the answer is known.
  using Done = std::move_only_function<void(DnsAnswer)>;

  virtual ~Resolver() = default;
  /// Answers within some seconds, whatever the servers do. A name that cannot be asked for has no records.
  virtual void ask(DnsQuestion question, Done done) = 0;
};

}  // namespace carillon::net
