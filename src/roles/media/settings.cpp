// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses, ports and forbidden destinations of the relay, from the configuration.
#include "roles/media/settings.hpp"

#include <algorithm>

#include "net/media_sockets.hpp"
#include "roles/shard_count.hpp"

namespace carillon::roles {

namespace {

std::vector<net::Address> addresses(const Configuration& configuration, std::string_view key, std::uint16_t port) {
  std::vector<net::Address> result;
  for (auto& text : configuration.addresses(key)) {
    if (auto address = net::Address::parse(text, port)) result.push_back(*address);
  }
  return result;
}

/// Where our own processes listen, as far as media could reach it.
std::vector<net::Address> own_listeners(const Configuration& configuration) {
  struct Listener {
    std::string_view address, port;
  };
  std::vector<net::Address> result;
  for (auto listener : {Listener{"sip.users.address", "sip.users.port"}, Listener{"sip.users.address", "sip.users.tls_port"},
                        Listener{"sip.trunks.address", "sip.trunks.port"}, Listener{"sip.trunks.address", "sip.trunks.tls_port"},
                        Listener{"http.address", "http.port"}, Listener{"metrics.address", "metrics.port"}}) {
    auto port = static_cast<std::uint16_t>(configuration.integer(listener.port));
    auto found = addresses(configuration, listener.address, port);
    if (port != 0) result.insert(result.end(), found.begin(), found.end());
  }
  return result;
}

}  // namespace

unsigned media_workers(const Configuration& configuration) {
  return shard_count(configuration);
}

Result<media::Engine::Config> read_media_settings(const Configuration& configuration, unsigned worker, unsigned workers) {
  media::Engine::Config config;
  config.hosts = addresses(configuration, "media.address", 0);
  if (std::ranges::any_of(config.hosts, &net::Address::is_unspecified)) config.own_hosts = net::local_addresses();
  if (config.hosts.empty()) return failure(net::Fault::bad_address, "Set media.address.");
  config.advertised = addresses(configuration, "media.advertised_address", 0);
  config.listeners = own_listeners(configuration);
  config.media_timeout = std::chrono::seconds(configuration.integer("media.timeout_seconds"));
  auto first = configuration.integer("media.port_min"), last = configuration.integer("media.port_max");
  // Even, so that no pair of ports is cut in two.
  auto share = (last - first + 1) / workers & ~std::int64_t{1};
  if (share < 4) return failure(net::Fault::bad_address, "media.port_min..media.port_max is too small: a call takes four ports.");
  first = (first + 1) & ~std::int64_t{1};
  config.ports.min = static_cast<std::uint16_t>(first + worker * share);
  config.ports.max = static_cast<std::uint16_t>(std::min(last, first + (worker + 1) * share - 1));
  return config;
}

}  // namespace carillon::roles
