// SPDX-License-Identifier: GPL-3.0-or-later
#include "directory/routing.hpp"

#include <algorithm>

namespace carillon::directory {

namespace {

/// The rows of each parent, as they come.
template <class Row, class Parent>
std::unordered_map<Id<Parent>, std::vector<const Row*>> grouped(const std::vector<Row>& rows, Id<Parent> Row::* parent) {
  std::unordered_map<Id<Parent>, std::vector<const Row*>> groups;
  for (const Row& row : rows) groups[row.*parent].push_back(&row);
  return groups;
}

}  // namespace

Routing::Routing(const RoutingRows& rows) : blocks_(rows.number_blocks) {
  add_transformations(rows);
  add_carriers(rows);
  add_patterns(rows);
  add_routes(rows);
  add_tags(rows);
  auto entries = grouped(rows.entries, &model::MatchEntry::match_list);
  for (const model::MatchList& list : rows.lists) lists_.emplace(list.id, MatchList(list, entries[list.id]));
}

const MatchList* Routing::find_list(Id<model::MatchList> id) const {
  const auto found = lists_.find(id);
  return found == lists_.end() ? nullptr : &found->second;
}

const model::CarrierCredential* Carrier::find_credential(Id<model::Customer> customer, Id<model::Terminal> terminal) const {
  const auto place = [](const model::CarrierCredential& each) { return std::pair(each.customer, each.terminal); };
  const auto find = [&](Id<model::Terminal> of) {
    const auto at = std::ranges::lower_bound(credentials, std::pair(customer, of), {}, place);
    return at == credentials.end() || place(*at) != std::pair(customer, of) ? nullptr : &*at;
  };
  const model::CarrierCredential* own = terminal ? find(terminal) : nullptr;
  return own != nullptr ? own : find({});
}

void Routing::add_tags(const RoutingRows& rows) {
  std::unordered_map<Id<model::RoutingTag>, std::string_view> dialled;
  for (const model::RoutingTag& row : rows.tags) dialled.emplace(row.id, row.tag);
  for (const model::CustomerRoutingTag& row : rows.customer_tags)
    if (const auto tag = dialled.find(row.routing_tag); tag != dialled.end())
      tags_[row.customer].emplace_back(tag->second, row.routing_tag);
}

Id<model::RoutingTag> Routing::find_tag(Id<model::Customer> customer, std::string_view dialled) const {
  const auto its = tags_.find(customer);
  if (its == tags_.end()) return {};
  const auto found = std::ranges::find(its->second, dialled, [](const auto& each) -> std::string_view { return each.first; });
  return found == its->second.end() ? Id<model::RoutingTag>() : found->second;
}

void Routing::add_transformations(const RoutingRows& rows) {
  auto rules = grouped(rows.transformation_rules, &model::TransformationRule::transformation_set);
  for (const model::TransformationSet& set : rows.transformation_sets) {
    std::vector<model::TransformationRule> own;
    for (const model::TransformationRule* rule : rules[set.id]) own.push_back(*rule);
    transformations_.emplace(set.id, TransformationSet::of(own));
  }
}

const std::shared_ptr<const TransformationSet>& Routing::find_transformation(Id<model::TransformationSet> id) const {
  static const std::shared_ptr<const TransformationSet> none;
  const auto found = transformations_.find(id);
  return found == transformations_.end() ? none : found->second;
}

void Routing::add_carriers(const RoutingRows& rows) {
  auto servers = grouped(rows.servers, &model::CarrierServer::carrier);
  auto sources = grouped(rows.sources, &model::CarrierSource::carrier);
  auto credentials = grouped(rows.credentials, &model::CarrierCredential::carrier);
  auto registrations = grouped(rows.registrations, &model::CarrierRegistration::carrier);
  for (const model::Carrier& row : rows.carriers) {
    auto carrier = std::make_unique<Carrier>(Carrier{.id = row.id,
                                                     .name = row.name,
                                                     .transformation = find_transformation(row.transformation_set),
                                                     .is_active = row.active,
                                                     .is_externally_rated = row.externally_rated,
                                                     .is_trusted = row.trusted,
                                                     .max_calls = static_cast<std::uint32_t>(row.max_calls),
                                                     .diversion = row.diversion,
                                                     .history_info = row.history_info,
                                                     .servers = {},
                                                     .sources = {},
                                                     .credentials = {},
                                                     .registrations = {}});
    for (const model::CarrierServer* server : servers[row.id]) {
      if (!server->active) continue;
      // The port of a server that the DNS tells is not known here: its calls come from any.
      const auto address = IpNetwork::parse(server->host);
      carrier->servers.push_back({*server, carrier.get(), server->source && !address});
      if (server->source && address) carrier->sources.push_back({*address, static_cast<std::uint16_t>(server->port)});
    }
    for (const model::CarrierCredential* credential : credentials[row.id]) carrier->credentials.push_back(*credential);
    std::ranges::sort(carrier->credentials, {},
                      [](const model::CarrierCredential& each) { return std::pair(each.customer, each.terminal); });
    for (const model::CarrierRegistration* registration : registrations[row.id]) carrier->registrations.push_back(*registration);
    for (const model::CarrierSource* source : sources[row.id])
      if (const auto network = IpNetwork::parse(source->network))
        carrier->sources.push_back({*network, static_cast<std::uint16_t>(source->port)});
    std::ranges::sort(carrier->servers, {}, [](const CarrierServer& each) { return std::pair(each.row.priority, each.row.id); });
    carriers_.push_back(std::move(carrier));
  }
}

const Carrier* Routing::find_carrier(Id<model::Carrier> id) const {
  const auto found = std::ranges::find(carriers_, id, [](const auto& each) { return each->id; });
  return found == carriers_.end() ? nullptr : found->get();
}

bool CarrierServer::is_source(const Source& from) const {
  const bool is_port = row.port == 0 || row.port == from.port || from.is_stream;
  return is_named_source && is_port && std::ranges::find(from.servers, row.id) != from.servers.end();
}

bool Routing::is_source(const Carrier& carrier, const Source& source) {
  const auto fits = [&](const CarrierSource& each) {
    return (each.port == 0 || each.port == source.port || source.is_stream) && each.network.contains(source.address);
  };
  const auto leads_there = [&](const CarrierServer& each) { return each.is_source(source); };
  return carrier.is_active && (std::ranges::any_of(carrier.sources, fits) || std::ranges::any_of(carrier.servers, leads_there));
}

const Carrier* Routing::find_source(const Source& source) const {
  for (const auto& carrier : carriers_)
    if (is_source(*carrier, source)) return carrier.get();
  return nullptr;
}

void Routing::add_patterns(const RoutingRows& rows) {
  std::vector<std::tuple<std::int64_t, Id<model::TargetPattern>, const TargetPattern*>> regexes;
  for (const model::TargetPattern& row : rows.patterns) {
    auto pattern = std::make_unique<TargetPattern>(TargetPattern{.id = row.id, .name = row.name, .prefix = {}, .regex = {}});
    if (row.kind == model::PatternKind::prefix) {
      pattern->prefix = row.pattern;
      if (!by_prefix_.emplace(pattern->prefix, pattern.get()).second) continue;
      longest_prefix_ = std::max(longest_prefix_, pattern->prefix.size());
    } else {
      auto regex = Pattern::compile(row.pattern);
      if (!regex) continue;
      pattern->regex = std::move(*regex);
      regexes.emplace_back(row.position, row.id, pattern.get());
    }
    patterns_.push_back(std::move(pattern));
  }
  std::ranges::sort(regexes);
  for (const auto& [position, id, pattern] : regexes) regexes_.push_back(pattern);
}

std::vector<const TargetPattern*> Routing::find_patterns(std::string_view number) const {
  std::vector<const TargetPattern*> found;
  for (std::size_t length = std::min(longest_prefix_, number.size()); length > 0; --length)
    if (const auto at = by_prefix_.find(number.substr(0, length)); at != by_prefix_.end()) found.push_back(at->second);
  for (const TargetPattern* pattern : regexes_)
    if (pattern->regex->matches(number)) found.push_back(pattern);
  return found;
}

void Routing::add_routes(const RoutingRows& rows) {
  std::unordered_map<Id<model::TargetPattern>, const TargetPattern*> patterns;
  std::unordered_map<Id<model::Carrier>, const Carrier*> carriers;
  for (const auto& pattern : patterns_) patterns.emplace(pattern->id, pattern.get());
  for (const auto& carrier : carriers_) carriers.emplace(carrier->id, carrier.get());
  auto members = grouped(rows.members, &model::TargetGroupMember::target_group);
  const auto find = [](const auto& all, auto id) {
    const auto found = all.find(id);
    return found == all.end() ? nullptr : found->second;
  };
  const auto add = [&](const model::OutgoingRoute& row, Id<model::TargetPattern> id) {
    const bool blocks = row.mode == model::RouteMode::block;
    const TargetPattern* pattern = find(patterns, id);
    const Carrier* carrier = blocks ? nullptr : find(carriers, row.carrier);
    if (pattern == nullptr || (!blocks && carrier == nullptr)) return;
    routes_[pattern].push_back({.id = row.id,
                                .customer = row.customer,
                                .tag = row.routing_tag,
                                .pattern = pattern,
                                .carrier = carrier,
                                .priority = row.priority,
                                .weight = static_cast<std::uint32_t>(std::max<std::int64_t>(row.weight, 1)),
                                .is_stopper = row.stopper});
  };
  for (const model::OutgoingRoute& row : rows.routes) {
    if (row.target_pattern) add(row, row.target_pattern);
    if (!row.target_group) continue;
    for (const model::TargetGroupMember* member : members[row.target_group]) add(row, member->target_pattern);
  }
  for (auto& [pattern, routes] : routes_)
    std::ranges::sort(routes, {}, [](const Route& each) { return std::pair(each.priority, each.id); });
}

std::span<const Route> Routing::routes_of(const TargetPattern& pattern) const {
  const auto found = routes_.find(&pattern);
  return found == routes_.end() ? std::span<const Route>() : std::span<const Route>(found->second);
}

std::size_t Routing::bytes() const {
  constexpr std::size_t map_node = 48;
  std::size_t sum =
      sizeof(*this) + blocks_.bytes() + (by_prefix_.size() + routes_.size() + transformations_.size() + tags_.size()) * map_node;
  for (const auto& carrier : carriers_)
    sum += sizeof(Carrier) + carrier->servers.size() * sizeof(CarrierServer) + carrier->sources.size() * sizeof(CarrierSource) +
           carrier->registrations.size() * sizeof(model::CarrierRegistration) +
           carrier->credentials.size() * sizeof(model::CarrierCredential);
  sum += patterns_.size() * sizeof(TargetPattern);
  for (const auto& [pattern, routes] : routes_) sum += routes.size() * sizeof(Route);
  return sum;
}

}  // namespace carillon::directory
