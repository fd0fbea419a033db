// SPDX-License-Identifier: GPL-3.0-or-later
// The API as a client sees it: demo data, an HTTP server on loopback, and requests that come back as values.
#pragma once

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "api/job_runner.hpp"
#include "api/service.hpp"
#include "base/log.hpp"
#include "control/message.hpp"
#include "net/asio_network.hpp"
#include "support/sample_database.hpp"

namespace carillon::api::testing {

struct Reply {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string text;
  boost::json::value body;

  const boost::json::array& items() const { return body.at("items").as_array(); }
  std::string string(std::string_view name) const {
    const boost::json::value* value = body.is_object() ? body.get_object().if_contains(name) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string().c_str()) : std::string();
  }
};

struct Question {
  std::string method = "GET";
  std::string path;
  std::string token = {};
  std::string body = {};
  std::string headers = {};  ///< Whole lines.
  std::string host = "localhost";
};

/// Sends one request and waits for the end of the connection.
class Client final : net::Stream::Receiver {
 public:
  Client(net::AsioLoop& loop, net::AsioNetwork& network, net::Address server) : loop_(loop), network_(network), server_(server) {}

  bool is_json = true;  ///< What comes has to be.

  Reply ask(const Question& question) {
    received_.clear();
    stream_ = network_.connect_tcp(server_);
    stream_->set_receiver(*this);
    std::string request =
        question.method + " " + question.path + " HTTP/1.1\r\nHost: " + question.host + "\r\nConnection: close\r\n";
    if (!question.token.empty()) request += "Authorization: Bearer " + question.token + "\r\n";
    if (!question.body.empty()) request += "Content-Length: " + std::to_string(question.body.size()) + "\r\n";
    request += question.headers + "\r\n" + question.body;
    EXPECT_TRUE(stream_->write(request));
    loop_.run();
    return parse();
  }

 private:
  bool on_bytes(std::string_view bytes) override {
    received_ += bytes;
    return true;
  }
  void on_closed() override { loop_.stop(); }

  Reply parse() const {
    Reply reply;
    const std::size_t end = received_.find("\r\n\r\n");
    EXPECT_NE(end, std::string::npos) << received_;
    if (end == std::string::npos) return reply;
    reply.status = static_cast<unsigned>(std::stoul(received_.substr(9, 3)));
    for (std::size_t at = received_.find("\r\n") + 2; at < end;) {
      const std::size_t line_end = received_.find("\r\n", at);
      const std::string line = received_.substr(at, line_end - at);
      std::string name = line.substr(0, line.find(':'));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      reply.headers[name] = line.substr(std::min(line.size(), name.size() + 2));
      at = line_end + 2;
    }
    reply.text = received_.substr(end + 4);
    boost::system::error_code error;
    if (reply.text.empty()) return reply;
    reply.body = boost::json::parse(reply.text, error);
    const std::string& type = reply.headers["content-type"];
    const bool is_file = type.starts_with("text/csv") || type.starts_with("text/plain") || type.starts_with("image/");
    EXPECT_TRUE(!error || !is_json || is_file || reply.text.empty()) << reply.text;
    return reply;
  }

  net::AsioLoop& loop_;
  net::AsioNetwork& network_;
  net::Address server_;
  std::unique_ptr<net::Stream> stream_;
  std::string received_;
};

/// Remembers what it was asked.
struct FakeLive final : Live {
  Task<Result<std::vector<control::LiveCall>>> calls(control::Whose whose) override {
    asked = whose;
    co_return calls_answer;
  }
  Task<Result<std::vector<control::LiveRegistration>>> registrations(control::Whose whose) override {
    asked = whose;
    co_return registrations_answer;
  }
  Task<Result<std::vector<control::LiveCarrierRegistration>>> carrier_registrations(control::Whose whose) override {
    asked = whose;
    co_return carrier_registrations_answer;
  }
  Task<Result<control::Nothing>> hang_up(control::CallsHangup::Params call) override {
    hung_up = call;
    if (reply.outcome == control::CallOutcome::over) co_return failure(control::Fault::not_found, "no such call");
    co_return control::Nothing();
  }
  Task<Result<control::CallReply>> transfer(control::CallWish wish) override { return take("transfer", wish); }
  Task<Result<control::CallReply>> hold(control::CallWish wish) override { return take("hold", wish); }
  Task<Result<control::CallReply>> resume(control::CallWish wish) override { return take("resume", wish); }
  Task<Result<control::CallReply>> originate(control::CallsOriginate::Params call) override {
    originated = call;
    co_return reply;
  }
  Task<Result<control::CallStory>> explain(control::CallsExplain::Params call) override {
    explained = call;
    co_return story;
  }
  Task<Result<control::CallReply>> take(std::string verb, control::CallWish wish) {
    wished = wish;
    wished_verb = std::move(verb);
    co_return reply;
  }
  Task<Result<std::vector<control::LiveBan>>> bans() override {
    control::LiveBan ban;
    ban.name = "203.0.113.66";
    co_return std::vector{ban};
  }
  Task<Result<control::Nothing>> lift_ban(std::string name) override {
    lifted = std::move(name);
    if (lifted != "203.0.113.66") co_return failure(control::Fault::not_found, "nobody");
    co_return control::Nothing();
  }
  Task<Result<std::vector<model::TraceItem>>> trace(control::TraceGet::Params params) override {
    traced = params;
    co_return trace_answer;
  }
  void watch_events(EventReceiver& its_receiver) override { receiver = &its_receiver; }
  void stop_events() override { receiver = nullptr; }
  EventReceiver* receiver = nullptr;
  control::Whose asked;
  control::TraceGet::Params traced;
  Result<std::vector<model::TraceItem>> trace_answer;
  std::string lifted;
  control::CallsHangup::Params hung_up;
  control::CallWish wished;
  std::string wished_verb;
  control::CallsOriginate::Params originated;
  control::CallsExplain::Params explained;
  Result<control::CallStory> story;
  control::CallReply reply;  ///< To every wish about calls.
  Result<std::vector<control::LiveCall>> calls_answer;
  Result<std::vector<control::LiveRegistration>> registrations_answer;
  Result<std::vector<control::LiveCarrierRegistration>> carrier_registrations_answer;
};

/// Addresses of documentation, which are not public, and where tests have their carriers.
inline const std::vector<std::string> carrier_networks = {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"};

class Site : public carillon::testing::OnEachDatabase {
 protected:
  explicit Site(bool works_jobs = true) {
    log::set_level(log::Level::off);
    if (works_jobs) jobs_.start();
    const auto address = server_.listen(*net::Address::parse("127.0.0.1", 0));
    EXPECT_TRUE(address) << address.error().what;
    address_ = *address;
    client_.emplace(loop_, network_, *address);
  }

  Reply ask(const Question& question) { return client_->ask(question); }
  Reply get(const std::string& path, const std::string& token) { return ask({.path = "/api/v1" + path, .token = token}); }
  Reply send(std::string_view method, const std::string& path, const std::string& token, const std::string& body = {},
             const std::string& headers = {}) {
    return ask({.method = std::string(method), .path = "/api/v1" + path, .token = token, .body = body, .headers = headers});
  }
  Reply post(const std::string& path, const std::string& token, const std::string& body = {}, const std::string& headers = {}) {
    return send("POST", path, token, body, headers);
  }
  Reply patch(const std::string& path, const std::string& token, const std::string& body, const std::string& headers = {}) {
    return send("PATCH", path, token, body, headers);
  }
  Reply remove(const std::string& path, const std::string& token) { return send("DELETE", path, token); }
  Reply log_in(const std::string& name, const std::string& password) {
    const std::string body = R"({"username":")" + name + R"(","password":")" + password + "\"}";
    return ask({.method = "POST", .path = "/api/v1/auth/login", .body = body});
  }
  std::string token_of(const std::string& name) {
    const Reply reply = log_in(name, "changeme");
    EXPECT_EQ(reply.status, 200U) << reply.text;
    return reply.string("token");
  }
  /// The fields that a request was refused for; none when it was not, or for something else.
  using Fields = std::set<std::string>;
  static Fields faults(const Reply& reply) {
    Fields fields;
    const boost::json::value* errors = reply.body.is_object() ? reply.body.get_object().if_contains("errors") : nullptr;
    if (errors == nullptr) return fields;
    for (const boost::json::value& error : errors->as_array()) fields.insert(error.at("field").as_string().c_str());
    return fields;
  }
  Reply make(const std::string& collection, const boost::json::object& body, const std::string& token,
             const std::string& headers = {}) {
    return post(collection, token, boost::json::serialize(body), headers);
  }
  std::string first(const std::string& collection, const std::string& token) {
    return get(collection, token).items().at(0).at("id").as_string().c_str();
  }
  store::Login login(std::string_view name) {
    const auto found = store::find_login(*database_, name, {});
    EXPECT_TRUE(found && *found);
    return **found;
  }

  carillon::testing::SampleDatabase database_{store::DemoOptions()};
  net::AsioLoop loop_;
  net::AsioNetwork network_{loop_};
  FakeLive live_;
  const store::Sealer sealer_ = store::Sealer::fleeting();
  Service service_{loop_,
                   live_,
                   {.database_url = database_.url(),
                    .data_dir = database_.path(),
                    .cost = store::HashCost::demo,
                    .sealer = sealer_,
                    .rules = {.require_second_factor = false, .carriers = outbound::AddressPolicy(carrier_networks)}}};
  JobRunner jobs_{loop_,
                  {.database_url = database_.url(),
                   .data_dir = database_.path(),
                   .sealer = sealer_,
                   .cost = store::HashCost::demo,
                   .poll_interval = 5ms}};
  net::HttpServer server_{network_, service_};
  net::Address address_;
  std::optional<Client> client_;
};

}  // namespace carillon::api::testing
