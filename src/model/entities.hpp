// SPDX-License-Identifier: GPL-3.0-or-later
// The names of all entities and of their tables, for ids of things whose declaration is not needed.
#pragma once

#include <string_view>
#include <type_traits>

namespace carillon::model {

/// Declares a type and says which table an Id of it refers to.
#define ENTITY(Type, table)                                       \
  struct Type;                                                    \
  constexpr std::string_view table_of(std::type_identity<Type>) { \
    return #table;                                                \
  }

ENTITY(Administrator, administrators)
ENTITY(AuditEntry, audit)
ENTITY(Brand, brands)
ENTITY(CallAcl, call_acls)
ENTITY(CallAclRule, call_acl_rules)
ENTITY(Carrier, carriers)
ENTITY(CarrierCredential, carrier_credentials)
ENTITY(CarrierRegistration, carrier_registrations)
ENTITY(CarrierServer, carrier_servers)
ENTITY(CarrierSource, carrier_sources)
ENTITY(Country, countries)
ENTITY(Currency, currencies)
ENTITY(Customer, customers)
ENTITY(CustomerNetwork, networks)
ENTITY(CustomerRoutingTag, customer_routing_tags)
ENTITY(Ddi, ddis)
ENTITY(Domain, domains)
ENTITY(Extension, extensions)
ENTITY(Job, jobs)
ENTITY(Language, languages)
ENTITY(MatchEntry, match_entries)
ENTITY(MatchList, match_lists)
ENTITY(NotificationTemplate, notification_templates)
ENTITY(NumberBlock, number_blocks)
ENTITY(OutgoingDdiRule, outgoing_ddi_rules)
ENTITY(OutgoingDdiRuleEntry, outgoing_ddi_rule_entries)
ENTITY(OutgoingRoute, outgoing_routes)
ENTITY(PlanAssignment, plan_assignments)
ENTITY(Portal, portals)
ENTITY(RoutingTag, routing_tags)
ENTITY(Price, prices)
ENTITY(PricingPlan, pricing_plans)
ENTITY(Settings, settings)
ENTITY(Target, targets)
ENTITY(TargetGroup, target_groups)
ENTITY(TargetGroupMember, target_group_members)
ENTITY(TargetPattern, target_patterns)
ENTITY(Terminal, terminals)
ENTITY(TerminalPattern, terminal_patterns)
ENTITY(TerminalSource, terminal_sources)
ENTITY(TransformationRule, transformation_rules)
ENTITY(TransformationSet, transformation_sets)
ENTITY(User, users)
ENTITY(Webhook, webhooks)
ENTITY(WebhookDelivery, webhook_deliveries)

#undef ENTITY

}  // namespace carillon::model
