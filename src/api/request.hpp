// SPDX-License-Identifier: GPL-3.0-or-later
// What an operation of the API gets: the request, who asks, and the parts of the process it may use.
#pragma once

#include <string>
#include <vector>

#include "api/caller.hpp"
#include "api/database_thread.hpp"
#include "api/file_sender.hpp"
#include "api/live.hpp"
#include "api/live_events.hpp"
#include "api/login.hpp"
#include "api/operations.hpp"
#include "api/problem.hpp"
#include "api/reset_desk.hpp"
#include "api/shares.hpp"
#include "net/http_server.hpp"
#include "outbound/address_policy.hpp"
#include "outbound/domain_check.hpp"
#include "store/seal.hpp"

namespace carillon::api {

/// What an installation asks of its logins.
struct Rules {
  bool require_second_factor = true;      ///< Of the platform's and brands' administrators.
  bool allow_weak_passwords = false;      ///< Demo.
  std::string own_host = {};              ///< Where the platform itself is reached; empty: not known.
  outbound::AddressPolicy carriers = {};  ///< Where carriers' servers may be.
};

/// How telephones find the platform, and who is asked whether they do.
struct Reach {
  outbound::UsersEdge edge = {};
  std::string dns_servers = {};  ///< Numeric, with ports; empty: the system's.
};

/// What operations work with. Lives as long as the service.
struct Backend {
  Loop& loop;
  Live& live;
  DatabaseThread& database;
  DatabaseThread& files;  ///< For what takes long: files in and out.
  LoginDesk& logins;
  ResetDesk& resets;
  const store::Sealer& sealer;
  Rules rules;
  LiveEvents& events;
  FileSender& sender;
  Worker& asking;  ///< For what waits for others on the network.
  Reach reach;
  Shares job_waits{3};  ///< Requests that wait for a job; more are told where to look.
  Shares domain_checks{1};
};

/// A request whose operation and caller are known.
struct Request {
  net::HttpRequest http;
  Caller caller;
  std::string id;  ///< What stands for {id} in the path.
  const Operation* operation = nullptr;
};

/// One coroutine a request; destroyed when the process stops.
using Handler = Task<Answer> (*)(Backend& backend, Request request);

struct Route {
  Operation operation;
  Handler handle;
};

/// Every operation there is: routing and the description follow from this list.
const std::vector<Route>& routes();

}  // namespace carillon::api
