// SPDX-License-Identifier: GPL-3.0-or-later
// Makes snapshots from rows: a whole one, or the next one with a single customer or brand replaced and everything else shared.
#pragma once

#include "base/result.hpp"
#include "directory/snapshot.hpp"
#include "model/customer_network.hpp"

namespace carillon::directory {

enum class Fault { broken_reference, bad_secret, duplicate, unknown_brand };
constexpr std::string_view name_of(Fault fault) {
  constexpr std::string_view names[] = {"directory.broken_reference", "directory.bad_secret", "directory.duplicate",
                                        "directory.unknown_brand"};
  return names[static_cast<std::size_t>(fault)];
}

/// All rows of one customer.
struct CustomerRows {
  model::Brand brand;
  model::Customer customer;
  std::vector<model::Domain> domains;  ///< Its own, and those of its brand.
  std::vector<model::Terminal> terminals;
  std::vector<model::TerminalPattern> terminal_patterns;
  std::vector<model::TerminalSource> terminal_sources;
  std::vector<model::User> users;
  std::vector<model::Extension> extensions;
  std::vector<model::Target> targets;
  std::vector<model::CustomerNetwork> networks;
  std::vector<model::Ddi> ddis;
  std::vector<model::MatchList> match_lists;  ///< Its own, and those of its brand; likewise their entries.
  std::vector<model::MatchEntry> match_entries;
  std::vector<model::CallAcl> call_acls;
  std::vector<model::CallAclRule> call_acl_rules;
  std::vector<model::OutgoingDdiRule> outgoing_ddi_rules;
  std::vector<model::OutgoingDdiRuleEntry> outgoing_ddi_rule_entries;
  std::vector<model::PlanAssignment> plan_assignments;
  std::string emergency_numbers;  ///< Of its country, with a space between two.
};

/// Builds the node of one customer. Errors name the row: a reference that leads nowhere, a digest key that is not hex, a name
/// twice.
Result<std::shared_ptr<const Customer>> build_customer(const CustomerRows& rows);

/// Puts nodes together. What is not set is shared with the snapshot it starts from, which stays as it is.
class Builder {
 public:
  Builder() = default;
  explicit Builder(const Snapshot& base);

  /// Adds or renames a brand; its customers stay. `domains` are its own.
  void set_brand(const model::Brand& brand, std::span<const model::Domain> domains = {});
  /// How the brand, which is there, reaches the world from now on.
  void set_routing(Id<model::Brand> id, std::shared_ptr<const Routing> routing);
  /// A price list of the brand, which is there, from now on; null: it is no more.
  void set_plan(Id<model::Brand> brand, Id<model::PricingPlan> id, std::shared_ptr<const PricingPlan> plan);
  /// All of them as they are; none where there is no such brand.
  PricingPlans plans_of(Id<model::Brand> id) const;
  /// Also removes its customers.
  void remove_brand(Id<model::Brand> id);
  /// Adds or replaces a customer. Its brand must have been set.
  Result<> set_customer(std::shared_ptr<const Customer> customer);
  void remove_customer(Id<model::Customer> id);

  /// Where addresses are, from now on; null: not to be asked.
  void set_countries(std::shared_ptr<const CountryDatabase> countries) { countries_ = std::move(countries); }

  /// The new root. Fails when a domain is there twice.
  Result<std::shared_ptr<const Snapshot>> build(std::int64_t change) &&;

 private:
  /// The brand to be changed: a copy of the base's, made at the first change. Null when there is none.
  Brand* find_brand(Id<model::Brand> id);

  std::vector<std::shared_ptr<const Brand>> brands_;  ///< By id.
  std::vector<std::shared_ptr<Brand>> changed_;       ///< Those of them that are this builder's own.
  std::shared_ptr<const CountryDatabase> countries_;
};

}  // namespace carillon::directory
