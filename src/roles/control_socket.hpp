// SPDX-License-Identifier: GPL-3.0-or-later
// The control channel on local sockets: a process answers on `run/<role>.sock`, others ask there.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/task.hpp"
#include "control/client.hpp"
#include "control/server.hpp"
#include "net/network.hpp"

namespace carillon::roles {

/// Answers on a socket that the user of this process alone may open. At most 32 connections, further ones are closed at once.
class ControlServer {
 public:
  /// Network and methods must outlive the server. A stale socket file is replaced.
  static Result<std::unique_ptr<ControlServer>> listen(net::Network& network, const std::string& path,
                                                       const control::Methods& methods);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

 private:
  class Core;
  explicit ControlServer(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

/// Asks another process. Connects when something is asked, again when the connection has gone.
class ControlLink {
 public:
  /// The network must outlive the link; destroying the link drops the calls under way without a word.
  ControlLink(net::Network& network, std::string path);
  ControlLink(const ControlLink&) = delete;
  ControlLink& operator=(const ControlLink&) = delete;
  ~ControlLink();

  /// As control::Client::call(): `done` is called once with a Result<Answer<M>>, in a later turn.
  template <class M, class F>
  void call(const typename M::Params& params, Duration patience, F done) {
    client().template call<M>(params, patience, std::move(done));
  }

  /// As control::Client::watch(). Destroying the link ends it without a word.
  template <class M, class F, class G>
  void watch(const typename M::Params& params, F on_events, G on_end) {
    client().template watch<M>(params, std::move(on_events), std::move(on_end));
  }

  /// The same, awaited: `co_await link.ask<control::Health>(control::Nothing(), 2s)`.
  template <class M>
  Task<Result<control::Answer<M>>> ask(typename M::Params params, Duration patience) {
    OneShot<Result<control::Answer<M>>> answer(loop());
    call<M>(params, patience,
            [promise = answer.promise()](Result<control::Answer<M>> result) mutable { promise.fulfil(std::move(result)); });
    co_return co_await answer.wait();
  }

 private:
  class Core;
  control::Client& client();  ///< Connected, or on its way to be.
  Loop& loop();
  std::unique_ptr<Core> core_;
};

}  // namespace carillon::roles
