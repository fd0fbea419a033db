// SPDX-License-Identifier: GPL-3.0-or-later
// How a brand reaches the world: its carriers with their servers, and the routes that say which carrier takes which calls. A node
// of the snapshot, immutable like all of it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip_network.hpp"
#include "base/pattern.hpp"
#include "base/result.hpp"
#include "directory/calling.hpp"
#include "directory/number_blocks.hpp"
#include "directory/transformation.hpp"
#include "model/carrier.hpp"
#include "model/carrier_credential.hpp"
#include "model/carrier_registration.hpp"
#include "model/carrier_server.hpp"
#include "model/carrier_source.hpp"
#include "model/customer_routing_tag.hpp"
#include "model/outgoing_route.hpp"
#include "model/routing_tag.hpp"
#include "model/target_group.hpp"
#include "model/target_group_member.hpp"
#include "model/target_pattern.hpp"
#include "model/transformation_set.hpp"

namespace carillon::directory {

struct Carrier;

/// Where a request came from.
struct Source {
  std::array<std::uint8_t, 16> address{};  ///< IPv4 as mapped IPv6.
  std::uint16_t port = 0;
  bool is_stream = false;  ///< By a connection: its port says nothing.
  /// Whose names lead there, the oldest first; as long as NamedSources stay as they are.
  std::span<const Id<model::CarrierServer>> servers = {};
};

/// As configured; `row` has what calls to it look like.
struct CarrierServer {
  model::CarrierServer row;
  const Carrier* carrier = nullptr;
  bool is_named_source = false;  ///< Its calls come from wherever its name leads to.

  /// Whether they come from there.
  bool is_source(const Source& from) const;
};

/// From where a carrier's calls come.
struct CarrierSource {
  IpNetwork network;
  std::uint16_t port = 0;  ///< 0: any.
};

struct Carrier {
  Id<model::Carrier> id;
  std::string name;
  std::shared_ptr<const TransformationSet> transformation;  ///< Null: it writes E.164 with +.
  bool is_active = true;
  bool is_externally_rated = false;
  bool is_trusted = false;
  std::uint32_t max_calls = 0;     ///< 0: as many as there are.
  model::Redirecting diversion{};  ///< Whose number it is told of a forwarded call, in which header field.
  model::Redirecting history_info{};
  std::vector<CarrierServer> servers;  ///< The active ones, by priority.
  std::vector<CarrierSource> sources;
  std::vector<model::CarrierCredential> credentials;      ///< With which customers of the brand's are known there.
  std::vector<model::CarrierRegistration> registrations;  ///< Those that are not active too, for whoever lists them.

  /// With which login it knows who calls; null: as its server says.
  const model::CarrierCredential* find_credential(Id<model::Customer> customer, Id<model::Terminal> terminal) const;
};

struct TargetPattern {
  Id<model::TargetPattern> id;
  std::string name;
  std::string prefix;  ///< "+34"; empty: a regular expression.
  std::optional<Pattern> regex;
};

struct Route {
  Id<model::OutgoingRoute> id;
  Id<model::Customer> customer;            ///< None: of all.
  Id<model::RoutingTag> tag;               ///< Of the calls that are dialled with it; none: of those without.
  const TargetPattern* pattern = nullptr;  ///< One of those that it is about.
  const Carrier* carrier = nullptr;        ///< Null: it blocks.
  std::int64_t priority = 0;
  std::uint32_t weight = 1;
  bool is_stopper = false;
};

/// All rows of one brand that say how calls leave it and come to it.
struct RoutingRows {
  std::vector<model::TransformationSet> transformation_sets;
  std::vector<model::TransformationRule> transformation_rules;
  std::vector<model::Carrier> carriers;
  std::vector<model::CarrierServer> servers;
  std::vector<model::CarrierSource> sources;
  std::vector<model::CarrierRegistration> registrations;
  std::vector<model::CarrierCredential> credentials;
  std::vector<model::MatchList> lists;  ///< Of the brand's own.
  std::vector<model::MatchEntry> entries;
  std::vector<model::TargetPattern> patterns;
  std::vector<model::TargetGroup> groups;
  std::vector<model::TargetGroupMember> members;
  std::vector<model::OutgoingRoute> routes;
  std::vector<model::RoutingTag> tags;
  std::vector<model::CustomerRoutingTag> customer_tags;
  std::vector<model::NumberBlock> number_blocks;
};

class Routing {
 public:
  /// What does not fit together is left out: a route to nowhere takes no calls, and stops nobody else's.
  explicit Routing(const RoutingRows& rows);
  Routing(const Routing&) = delete;
  Routing& operator=(const Routing&) = delete;

  std::span<const std::unique_ptr<Carrier>> carriers() const { return carriers_; }
  const Carrier* find_carrier(Id<model::Carrier> id) const;
  /// The carrier whose calls come from there; null: none.
  const Carrier* find_source(const Source& source) const;
  static bool is_source(const Carrier& carrier, const Source& source);
  /// Null: there is none of this id.
  const std::shared_ptr<const TransformationSet>& find_transformation(Id<model::TransformationSet> id) const;

  /// The patterns that a number in E.164 with + has: the longest prefix first, then the regular expressions in their order.
  std::vector<const TargetPattern*> find_patterns(std::string_view number) const;
  /// The routes of a pattern, its groups' included, by priority.
  std::span<const Route> routes_of(const TargetPattern& pattern) const;

  /// The tag that is dialled so ("12#"), if that customer may; none: nobody's, or another one's.
  Id<model::RoutingTag> find_tag(Id<model::Customer> customer, std::string_view dialled) const;

  /// A list of the brand's own; null: there is none of this id.
  const MatchList* find_list(Id<model::MatchList> id) const;
  const NumberBlocks& blocks() const { return blocks_; }

  std::size_t bytes() const;

 private:
  void add_tags(const RoutingRows& rows);
  void add_transformations(const RoutingRows& rows);
  void add_carriers(const RoutingRows& rows);
  void add_patterns(const RoutingRows& rows);
  void add_routes(const RoutingRows& rows);

  std::unordered_map<Id<model::TransformationSet>, std::shared_ptr<const TransformationSet>> transformations_;
  std::unordered_map<Id<model::MatchList>, MatchList> lists_;
  std::vector<std::unique_ptr<Carrier>> carriers_;
  std::vector<std::unique_ptr<TargetPattern>> patterns_;
  std::unordered_map<std::string_view, const TargetPattern*> by_prefix_;
  std::vector<const TargetPattern*> regexes_;
  std::size_t longest_prefix_ = 0;
  std::unordered_map<const TargetPattern*, std::vector<Route>> routes_;
  std::unordered_map<Id<model::Customer>, std::vector<std::pair<std::string, Id<model::RoutingTag>>>>
      tags_;  ///< That it may dial.
  NumberBlocks blocks_;
};

}  // namespace carillon::directory
