// SPDX-License-Identifier: GPL-3.0-or-later
// The real DNS: one thread for the process puts everybody's questions to the servers, all at once, and posts each answer to the
// loop that asked. A name whose servers are silent occupies a place among thousands, and delays no other.
#pragma once

#include <memory>
#include <string>

#include "base/loop.hpp"
#include "net/resolver.hpp"

namespace carillon::net {

/// The thread. It must end before the loops that ask it; what is open then is `failed`.
class AresThread {
 public:
  static constexpr std::size_t askers_max = 4096;  ///< Who waits for an answer; whoever comes then has `failed`.
  static constexpr Duration patience = 4s;         ///< For one question, with its repetitions; then it is `slow`.

  /// `servers`: numeric addresses with ports, with commas between (configuration `dns.server`); empty: the system's, looked up
  /// anew now and then.
  explicit AresThread(std::string servers);
  AresThread(const AresThread&) = delete;
  AresThread& operator=(const AresThread&) = delete;
  ~AresThread();

  /// From `loop`'s thread. Whoever asks what is being asked already waits for the same answer.
  void ask(Loop& loop, DnsQuestion question, Resolver::Done done);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

/// The thread as one loop sees it.
class AresResolver final : public Resolver {
 public:
  AresResolver(AresThread& thread, Loop& loop) : thread_(thread), loop_(loop) {}
  void ask(DnsQuestion question, Done done) override { thread_.ask(loop_, std::move(question), std::move(done)); }

 private:
  AresThread& thread_;
  Loop& loop_;
};

}  // namespace carillon::net
