// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/signalling_role.hpp"

#include <charconv>

#include "base/log.hpp"
#include "roles/certificate_files.hpp"
#include "roles/journal_name.hpp"
#include "roles/role_process.hpp"
#include "roles/shard_count.hpp"
#include "roles/signalling/live_feed.hpp"
#include "roles/signalling/live_methods.hpp"
#include "roles/signalling/segment_sweeper.hpp"
#include "roles/signalling/shards.hpp"
#include "roles/signalling/snapshot_feed.hpp"

namespace carillon::roles {

namespace {

std::uint16_t port_of(const Configuration& configuration, std::string_view key) {
  return static_cast<std::uint16_t>(configuration.integer(key));
}

Result<std::vector<net::Address>> read_addresses(const Configuration& configuration, std::string_view key, std::uint16_t port) {
  std::vector<net::Address> addresses;
  for (const std::string& text : configuration.addresses(key)) {
    const std::optional<net::Address> address = net::Address::parse(text, port);
    if (!address) return failure(net::Fault::bad_address, fmt::format("{}: {} is no address", key, text));
    addresses.push_back(*address);
  }
  return addresses;
}

Result<Shard::Settings> read_settings(const Configuration& configuration) {
  Shard::Settings settings;
  CARILLON_TRY(users, read_addresses(configuration, "sip.users.address", port_of(configuration, "sip.users.port")));
  CARILLON_TRY(trunks, read_addresses(configuration, "sip.trunks.address", port_of(configuration, "sip.trunks.port")));
  settings.agent.addresses = std::move(users);
  settings.agent.trunk_addresses = std::move(trunks);
  settings.agent.tls_port = port_of(configuration, "sip.users.tls_port");
  settings.agent.trunk_tls_port = port_of(configuration, "sip.trunks.tls_port");
  const std::vector<std::string>& advertised = configuration.addresses("sip.advertised_address");
  if (!advertised.empty()) settings.agent.advertised_address = advertised.front();
  const auto seconds = [&](std::string_view key) { return std::chrono::seconds(configuration.integer(key)); };
  settings.agent.loop_limit = static_cast<std::uint32_t>(configuration.integer("sip.loop_limit"));
  settings.agent.flood = {
      .requests = static_cast<std::uint32_t>(configuration.integer("security.antiflood.requests")),
      .window = seconds("security.antiflood.seconds"),
      .silence = seconds("security.antiflood.silence_seconds"),
      .trusted_factor = static_cast<std::uint32_t>(configuration.integer("security.antiflood.trusted_factor"))};
  settings.agent.answers.factor = settings.agent.flood.trusted_factor;
  settings.agent.answers.shards = shard_count(configuration);
  settings.trunks.carriers = outbound::AddressPolicy(configuration.addresses("sip.trunks.allowed_networks"));
  settings.trunks.users_tls_port = settings.agent.tls_port;
  for (const std::string& text : advertised)
    if (const auto address = net::Address::parse(text, 0)) settings.trunks.advertised.push_back(*address);
  settings.call.ring_time = seconds("call.ring_seconds");
  settings.call.session_interval = static_cast<std::uint32_t>(configuration.integer("call.session_expires_seconds"));
  return settings;
}

/// As net::AresThread wants it.
std::string dns_servers(const Configuration& configuration) {
  constexpr std::string_view scheme = "udp:";
  std::string servers = configuration.text("dns.server");
  if (servers.starts_with(scheme)) servers.erase(0, scheme.size());
  return servers;
}

/// As ConfigurationKey::Kind::endpoint has it.
std::optional<net::Address> read_endpoint(std::string_view text) {
  constexpr std::string_view scheme = "udp:";
  if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon == std::string_view::npos) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return net::Address::parse(text.substr(0, colon), port);
}

/// Nothing when calls shall leave no trace.
Result<std::optional<TraceDisk::Settings>> read_trace_settings(const Configuration& configuration, const DataDir& data) {
  constexpr std::uint64_t free_factor = 2;  // Traces go before the journal has to touch its reserve.
  TraceDisk::Settings settings{.directory = data.trace(), .limits = {}, .hep = {}, .node = {}};
  settings.limits.bytes_max = static_cast<std::uint64_t>(configuration.integer("trace.max_bytes"));
  settings.limits.age_max = std::chrono::hours(configuration.integer("trace.max_age_hours"));
  settings.limits.free_min = free_factor * static_cast<std::uint64_t>(configuration.integer("journal.reserve_bytes"));
  if (const std::string& target = configuration.text("hep.target"); !target.empty()) {
    settings.hep = read_endpoint(target);
    if (!settings.hep) return failure(net::Fault::bad_address, "hep.target: " + target + " is no address with a port");
  }
  if (settings.limits.bytes_max == 0 && !settings.hep) return std::nullopt;
  CARILLON_TRY(node, journal_name(data));
  settings.node = std::move(node);
  return settings;
}

/// The process: its parts in the order in which they depend on each other.
class Signalling {
 public:
  explicit Signalling(RoleProcess& process)
      : process_(process), give_up_([](void* self) { static_cast<Signalling*>(self)->process_.finish(); }, this) {}

  Result<> start() {
    const Configuration& configuration = process_.configuration();
    CARILLON_TRY(settings, read_settings(configuration));
    CARILLON_TRY(traces, read_trace_settings(configuration, process_.data()));
    std::vector<net::Address> tls_addresses;
    const auto add_tls = [&](const std::vector<net::Address>& addresses, std::uint16_t port) {
      if (port == 0) return;
      for (const net::Address& address : addresses) tls_addresses.push_back(address.with_port(port));
    };
    add_tls(settings.agent.addresses, settings.agent.tls_port);
    add_tls(settings.agent.trunk_addresses, settings.agent.trunk_tls_port);
    CARILLON_TRY(shards, Shards::start(process_.loop(),
                                       {.count = shard_count(configuration),
                                        .shard = std::move(settings),
                                        .data_dir = configuration.text("data.dir"),
                                        .media_control = configuration.text("media.control"),
                                        .paths = {process_.data().journal(), process_.data().registrations(),
                                                  static_cast<std::uint64_t>(configuration.integer("journal.reserve_bytes"))},
                                        .traces = std::move(traces),
                                        .tls_addresses = std::move(tls_addresses),
                                        .certificate = certificate_files(configuration, process_.data()),
                                        .named_certificates = process_.data().named_certificates(),
                                        .authorities = configuration.text("tls.ca_file"),
                                        .dns_servers = dns_servers(configuration)},
                                       [this] { on_change(); }));
    shards_ = std::move(shards);
    answer_live_methods(process_.methods(), *shards_);
    live_feed_ = std::make_unique<LiveFeed>(process_.loop(), process_.methods(), *shards_);
    feed_ = std::make_unique<SnapshotFeed>(process_.loop(), configuration,
                                           [this](const auto& snapshot) { shards_->set_snapshot(snapshot); });
    sweeper_ = std::make_unique<SegmentSweeper>(process_.loop(), configuration, process_.data().journal());
    process_.methods().answer<control::Ping>([this](const control::Nothing&, control::Respond<control::Ping> respond) {
      shards_->when_all_turned([respond = std::move(respond)]() mutable { respond(control::Nothing()); });
    });
    process_.methods().answer<control::Reload>(
        [this](const control::Nothing&, control::Respond<control::Reload> respond) { reload(std::move(respond)); });
    process_.methods().answer<control::Drain>(
        [this](const control::Drain::Params& params, control::Respond<control::Drain> respond) {
          drain(!params.undo, std::move(respond));
        });
    process_.methods().answer<control::SnapshotChanged>(
        [this](const control::SnapshotChanged::Params&, control::Respond<control::SnapshotChanged> respond) {
          feed_->hurry();
          respond(control::Nothing());
        });
    process_.on_stop([this] { stop(); });
    on_change();
    return {};
  }

 private:
  static constexpr Duration stop_patience = 5s;

  /// What readiness depends on has changed, or the last call has ended when stopping.
  void on_change() {
    if (is_stopping_) {
      if (shards_->is_over()) process_.finish();
      return;
    }
    const std::string trouble = is_draining_ ? "takes no new calls" : shards_->trouble();
    if (trouble.empty())
      process_.set_ready();
    else
      process_.set_not_ready(trouble);
  }

  /// Certificates, then countries; the first fault is told.
  void reload(control::Respond<control::Reload> respond) {
    shards_->reload_certificates([this, respond = std::move(respond)](Result<> certificates) mutable {
      feed_->reload([certificates = std::move(certificates), respond = std::move(respond)](Result<> countries) mutable {
        Result<> result = certificates ? std::move(countries) : std::move(certificates);
        if (!result) return respond(std::unexpected(std::move(result).error()));
        respond(control::Nothing());
      });
    });
  }

  void drain(bool is_draining, control::Respond<control::Drain> respond) {
    is_draining_ = is_draining;
    log::info("signalling", is_draining ? "drain.begun" : "drain.over");
    on_change();
    shards_->ask_all<std::size_t>(
        [is_draining](Shard& shard) {
          shard.drain(is_draining);
          return shard.call_count();
        },
        [respond = std::move(respond)](const std::vector<std::size_t>& counts) mutable {
          control::Drain::Reply left;
          for (const std::size_t count : counts) left.calls += static_cast<std::int64_t>(count);
          respond(left);
        });
  }

  void stop() {
    is_stopping_ = true;
    process_.loop().timers().arm(give_up_, process_.loop().now() + stop_patience);
    shards_->stop();
  }

  RoleProcess& process_;
  std::unique_ptr<Shards> shards_;
  std::unique_ptr<LiveFeed> live_feed_;
  std::unique_ptr<SnapshotFeed> feed_;
  std::unique_ptr<SegmentSweeper> sweeper_;
  Timer give_up_;
  bool is_stopping_ = false;
  bool is_draining_ = false;
};

}  // namespace

int run_signalling(const Configuration& configuration) {
  auto process = RoleProcess::start("signalling", configuration);
  if (!process) {
    log::error("signalling", "start.failed", {{"what", process.error()}});
    return 1;
  }
  Signalling signalling(**process);
  if (auto started = signalling.start(); !started) {
    log::error("signalling", "start.failed", {{"fault", started.error().code}, {"what", started.error()}});
    return 1;
  }
  (*process)->run();
  return 0;
}

}  // namespace carillon::roles
