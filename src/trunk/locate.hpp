// SPDX-License-Identifier: GPL-3.0-or-later
// From what a URI says to where its requests go (RFC 3263 §4): the servers of a carrier, in the order in which to try them.
#pragma once

#include <optional>
#include <vector>

#include "base/id.hpp"
#include "base/task.hpp"
#include "model/carrier_server.hpp"
#include "net/resolver.hpp"
#include "trunk/services.hpp"
#include "trunk/target.hpp"

namespace carillon::trunk {

enum class LocateFault {
  bad_name,      ///< Neither an address nor a name that the DNS could have.
  no_transport,  ///< None that we speak fits the URI.
  not_found,     ///< There is nothing by that name.
  not_offered,   ///< The domain says that it does not do this (RFC 2782: target ".").
  no_answer      ///< The DNS does not say.
};
constexpr std::string_view name_of(LocateFault fault) {
  constexpr std::string_view names[] = {"trunk.bad_name", "trunk.no_transport", "trunk.not_found", "trunk.not_offered",
                                        "trunk.no_answer"};
  return names[static_cast<std::size_t>(fault)];
}

/// What a URI says about its server.
struct Wanted {
  std::string host;                         ///< A name, or a number with or without brackets.
  std::uint16_t port = 0;                   ///< 0: not said.
  std::optional<net::Transport> transport;  ///< UDP, TCP or TLS, if it is said.
  bool is_sips = false;
};

/// What is configured of a server: where it is, or through which proxy it is reached.
struct Place {
  const std::string& host;
  std::int64_t port = 0;
  model::ServerTransport transport{};
  bool is_sips = false;
  const std::string& outbound_proxy;
};
Wanted wanted_of(const Place& place);

class Locator {
 public:
  static constexpr std::size_t targets_max = 16;
  static constexpr std::size_t addresses_max = 8;  ///< Of one server, so that its fellows have room.
  static constexpr Duration patience = 500ms;      ///< For what else there is, once something is known.
  static constexpr Duration answers_within = 5s;   ///< Of one round of questions; there are three at most.

  struct Options {
    /// What we speak, the favourite first: it counts where the domain has none.
    std::vector<net::Transport> transports = {net::Transport::udp, net::Transport::tcp, net::Transport::tls};
    bool has_v4 = true, has_v6 = true;      ///< Which addresses we can send to.
    std::size_t addresses = addresses_max;  ///< That are taken of one server.
    Dice dice = random_bits;
  };

  /// `resolver` outlives it.
  Locator(Loop& loop, net::Resolver& resolver, Options options)
      : loop_(loop), resolver_(resolver), options_(std::move(options)) {}

  const Options& options() const { return options_; }

  /// At least one target, or a LocateFault. Does not suspend where the resolver knows everything. The locator outlives the task.
  Task<Result<std::vector<Target>>> locate(Wanted wanted);

 private:
  /// A server as the domain names it.
  struct Server {
    net::Transport transport = net::Transport::udp;
    std::string host;
    std::uint16_t port = 0;
  };
  struct Round;

  std::vector<net::Transport> transports_for(const Wanted& wanted) const;
  void deal(std::vector<Server>& servers, const Service& service, const net::DnsAnswer& answer) const;
  std::vector<Target> targets_of(const std::vector<Server>& servers, std::vector<net::DnsAnswer> answers) const;
  std::vector<net::DnsType> families() const;

  Task<Result<std::vector<Server>>> servers_of(std::string domain, bool has_choice, std::vector<net::Transport> transports);
  Task<Result<std::vector<Target>>> addresses_of(std::vector<Server> servers);
  std::shared_ptr<Round> begin(const std::vector<net::DnsQuestion>& questions);
  Task<std::vector<net::DnsAnswer>> ask_all(std::vector<net::DnsQuestion> questions);
  static Task<> next_answer(std::shared_ptr<Round> round);

  Loop& loop_;
  net::Resolver& resolver_;
  Options options_;
};

}  // namespace carillon::trunk
