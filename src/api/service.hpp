// SPDX-License-Identifier: GPL-3.0-or-later
// The REST API: finds out who asks, runs the operation asked for and answers, one coroutine a request.
#pragma once

#include <filesystem>
#include <string>

#include "api/request.hpp"
#include "base/metrics.hpp"
#include "control/methods.hpp"
#include "net/http_server.hpp"

namespace carillon::api {

class Service final : public net::HttpHandler {
 public:
  static constexpr std::size_t requests_max = 256;  ///< Under way at once; more are `busy`.
  static constexpr int requests_per_tenant_max =
      12;  ///< Of one customer, or of a brand's own people: the others have their turn.

  struct Options {
    std::string database_url;
    std::filesystem::path data_dir;
    store::HashCost cost = store::HashCost::standard;
    store::Sealer sealer;
    Rules rules = {};
    std::string portal_url = {};  ///< What links in mails begin with.
    Reach reach = {};
  };

  /// Both must outlive the service, and the HTTP server must end before it.
  Service(Loop& loop, Live& live, Options options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void on_request(net::HttpRequest request, net::HttpRespond respond) override;

  /// The newest records of the whole platform, newest first: for whoever sits at the node.
  Task<Result<std::vector<control::EndedCall>>> newest_records(std::int64_t limit);

  /// Whether the database can be read.
  Task<Result<>> check();

 private:
  Task<> serve(net::HttpRequest request, net::HttpRespond respond);
  Task<Answer> answer(net::HttpRequest request);
  Task<Answer> take_turn(const Route& route, Request request);

  DatabaseThread database_;
  DatabaseThread files_;
  store::Sealer sealer_;
  LoginDesk logins_;
  ResetDesk resets_;
  LiveEvents events_;
  FileSender sender_;
  Worker asking_{{.name = "asking", .capacity = 4}};
  Backend backend_;
  metrics::Counter requests_{"carillon_api_requests_total", "Requests to the API"};
  metrics::Counter problems_{"carillon_api_problems_total", "Requests to the API that failed"};
  Shares under_way_{requests_per_tenant_max};  ///< Requests.
  Scope scope_;                                ///< Last: its tasks use the others.
};

}  // namespace carillon::api
