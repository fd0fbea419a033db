// SPDX-License-Identifier: GPL-3.0-or-later
// The list of resources, one line each.
#include "model/resources.hpp"

#include <algorithm>

#include "model/administrator.hpp"
#include "model/audit_entry.hpp"
#include "model/brand.hpp"
#include "model/call.hpp"
#include "model/call_acl.hpp"
#include "model/call_acl_rule.hpp"
#include "model/carrier.hpp"
#include "model/carrier_credential.hpp"
#include "model/carrier_registration.hpp"
#include "model/carrier_server.hpp"
#include "model/carrier_source.hpp"
#include "model/country.hpp"
#include "model/currency.hpp"
#include "model/customer.hpp"
#include "model/customer_network.hpp"
#include "model/customer_routing_tag.hpp"
#include "model/ddi.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/job.hpp"
#include "model/language.hpp"
#include "model/match_entry.hpp"
#include "model/match_list.hpp"
#include "model/notification_template.hpp"
#include "model/number_block.hpp"
#include "model/outgoing_ddi_rule.hpp"
#include "model/outgoing_ddi_rule_entry.hpp"
#include "model/outgoing_route.hpp"
#include "model/plan_assignment.hpp"
#include "model/portal.hpp"
#include "model/price.hpp"
#include "model/pricing_plan.hpp"
#include "model/routing_tag.hpp"
#include "model/target_group.hpp"
#include "model/target_group_member.hpp"
#include "model/target_pattern.hpp"
#include "model/terminal.hpp"
#include "model/terminal_pattern.hpp"
#include "model/terminal_source.hpp"
#include "model/transformation_rule.hpp"
#include "model/transformation_set.hpp"
#include "model/user.hpp"
#include "model/webhook.hpp"
#include "model/webhook_delivery.hpp"

namespace carillon::model {

std::span<const Resource* const> resources() {
  // clang-format off: a line each, so that one more changes one line.
  static constexpr const Resource* all[] = {
      &resource_of<Brand>,
      &resource_of<Customer>,
      &resource_of<Administrator>,
      &resource_of<Domain>,
      &resource_of<CustomerNetwork>,
      &resource_of<User>,
      &resource_of<TerminalPattern>,  // Before what they are parts of.
      &resource_of<TerminalSource>,
      &resource_of<Terminal>,
      &resource_of<Extension>,
      &resource_of<Carrier>,
      &resource_of<CarrierServer>,
      &resource_of<CarrierSource>,
      &resource_of<CarrierRegistration>,
      &resource_of<CarrierCredential>,
      &resource_of<TargetGroupMember>,  // Before what it is a part of: it goes first.
      &resource_of<TargetPattern>,
      &resource_of<TargetGroup>,
      &resource_of<CustomerRoutingTag>,  // Likewise.
      &resource_of<RoutingTag>,
      &resource_of<OutgoingRoute>,
      &resource_of<NumberBlock>,
      &resource_of<Ddi>,
      &resource_of<MatchList>,
      &resource_of<MatchEntry>,
      &resource_of<CallAcl>,
      &resource_of<CallAclRule>,
      &resource_of<OutgoingDdiRule>,
      &resource_of<OutgoingDdiRuleEntry>,
      &resource_of<PricingPlan>,
      &resource_of<Price>,
      &resource_of<PlanAssignment>,
      &resource_of<NotificationTemplate>,
      &resource_of<Portal>,
      &resource_of<TransformationSet>,
      &resource_of<TransformationRule>,
      &resource_of<Webhook>,
      &resource_of<WebhookDelivery>,
      &resource_of<Job>,
      &resource_of<Call>,
      &resource_of<AuditEntry>,
      &resource_of<Country>,
      &resource_of<Currency>,
      &resource_of<Language>,
  };
  // clang-format on
  return all;
}

const Resource* find_resource(std::string_view table) {
  const auto found = std::ranges::find(resources(), table, &Resource::table);
  return found == resources().end() ? nullptr : *found;
}

std::string title_of(const Resource& resource, const void* object) {
  std::string title;
  for (const FieldInfo& field : resource.fields) {
    if (!field.title || field.kind != Kind::text) continue;
    const Text& part = member<Text>(object, field);
    if (!title.empty() && !part.empty()) title += ' ';
    title += part;
  }
  return title.empty() ? to_base32(member<std::int64_t>(object, resource.fields.front())) : title;
}

}  // namespace carillon::model
