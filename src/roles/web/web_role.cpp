// SPDX-License-Identifier: GPL-3.0-or-later
// Wiring of the web process.
#include "roles/web/web_role.hpp"

#include "api/service.hpp"
#include "base/log.hpp"
#include "net/certificate.hpp"
#include "net/media_sockets.hpp"
#include "roles/certificate_files.hpp"
#include "roles/role_process.hpp"
#include "roles/web/live_link.hpp"

namespace carillon::roles {

namespace {

/// The process: its parts in the order in which they depend on each other.
class Web {
 public:
  Web(RoleProcess& process, bool is_demo, store::Sealer sealer)
      : process_(process),
        live_(process.network(), process.data().control_socket("signalling")),
        service_(process.loop(), live_, options(process, is_demo, std::move(sealer))),
        http_(process.network(), service_),
        scope_(process.loop(), [](const Broken& broken) { assertion_failed(broken.what(), broken.file(), broken.line()); }) {}

  Result<> start() {
    const Configuration& configuration = process_.configuration();
    const auto port = static_cast<std::uint16_t>(configuration.integer("http.port"));
    for (const std::string& text : configuration.addresses("http.address")) {
      const auto address = net::Address::parse(text, port);
      if (!address) return failure(net::Fault::bad_address, fmt::format("http.address: {} is no address", text));
      CARILLON_TRY(real, http_.listen_tls(*address, certificate_files(configuration, process_.data())));
      log::info("web", "listening", {{"address", real.to_string()}});
    }
    process_.methods().answer<control::Reload>([this](const control::Nothing&, control::Respond<control::Reload> respond) {
      auto reloaded = http_.reload();
      if (!reloaded) return respond(std::unexpected(std::move(reloaded).error()));
      log::info("web", "certificate.reloaded");
      respond(control::Nothing());
    });
    process_.methods().answer<control::RecordsList>(
        [this](const control::RecordsList::Params& params, control::Respond<control::RecordsList> respond) {
          scope_.spawn(answer_records(params.limit, std::move(respond)));
        });
    scope_.spawn(follow_database());
    return {};
  }

 private:
  static api::Service::Options options(const RoleProcess& process, bool is_demo, store::Sealer sealer) {
    const bool require = process.configuration().boolean("security.require_second_factor");
    return {.database_url = process.configuration().text("database.url"),
            .data_dir = process.data().root,
            .cost = is_demo ? store::HashCost::demo : store::HashCost::standard,
            .sealer = std::move(sealer),
            .rules = {.require_second_factor = require,
                      .allow_weak_passwords = is_demo,
                      .carriers = outbound::AddressPolicy(process.configuration().addresses("sip.trunks.allowed_networks"))},
            .portal_url = process.configuration().text("http.public_url"),
            .reach = reach(process.configuration())};
  }

  /// As telephones see it: what is advertised, else the listeners' addresses, else all that this host has.
  static api::Reach reach(const Configuration& configuration) {
    api::Reach found;
    found.edge.port = static_cast<std::uint16_t>(configuration.integer("sip.users.port"));
    found.edge.tls_port = static_cast<std::uint16_t>(configuration.integer("sip.users.tls_port"));
    constexpr std::string_view scheme = "udp:";
    found.dns_servers = configuration.text("dns.server");
    if (found.dns_servers.starts_with(scheme)) found.dns_servers.erase(0, scheme.size());
    const auto& advertised = configuration.addresses("sip.advertised_address");
    for (const std::string& text : advertised.empty() ? configuration.addresses("sip.users.address") : advertised) {
      const auto address = net::Address::parse(text, 0);
      if (!address) continue;
      if (!address->is_unspecified()) found.edge.addresses.push_back(address->host());
      if (!address->is_unspecified()) continue;
      for (const net::Address& own : net::local_addresses())
        if (own.is_v4() == address->is_v4()) found.edge.addresses.push_back(own.host());
    }
    return found;
  }

  Task<> answer_records(std::int64_t limit, control::Respond<control::RecordsList> respond) {
    auto records = co_await service_.newest_records(limit);
    respond(std::move(records));
  }

  /// Readiness follows the database.
  Task<> follow_database() {
    constexpr Duration interval = 5s;
    while (true) {
      const auto checked = co_await service_.check();
      if (checked)
        process_.set_ready();
      else
        process_.set_not_ready(fmt::format("cannot read the database: {}", checked.error().what));
      co_await sleep(process_.loop(), interval);
    }
  }

  RoleProcess& process_;
  LiveLink live_;
  api::Service service_;
  net::HttpServer http_;
  Scope scope_;
};

}  // namespace

int run_web(const Configuration& configuration, bool is_demo) {
  auto process = RoleProcess::start("web", configuration);
  if (!process) {
    log::error("web", "start.failed", {{"fault", process.error().code}, {"what", process.error()}});
    return 1;
  }
  auto sealer = store::Sealer::load((*process)->data().master_key());
  if (!sealer) {
    log::error("web", "start.failed", {{"fault", sealer.error().code}, {"what", sealer.error()}});
    return 1;
  }
  Web web(**process, is_demo, *std::move(sealer));
  if (auto started = web.start(); !started) {
    log::error("web", "start.failed", {{"fault", started.error().code}, {"what", started.error()}});
    return 1;
  }
  (*process)->run();
  return 0;
}

}  // namespace carillon::roles
