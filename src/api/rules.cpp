// SPDX-License-Identifier: GPL-3.0-or-later
// The list of rules, one line a resource.
#include "api/rules.hpp"

#include <boost/json/array.hpp>

#include "model/administrator.hpp"
#include "model/brand.hpp"
#include "model/call_acl_rule.hpp"
#include "model/carrier_credential.hpp"
#include "model/carrier_registration.hpp"
#include "model/carrier_server.hpp"
#include "model/carrier_source.hpp"
#include "model/customer.hpp"
#include "model/customer_routing_tag.hpp"
#include "model/ddi.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/match_entry.hpp"
#include "model/notification_template.hpp"
#include "model/number_block.hpp"
#include "model/outgoing_ddi_rule_entry.hpp"
#include "model/outgoing_route.hpp"
#include "model/plan_assignment.hpp"
#include "model/portal.hpp"
#include "model/price.hpp"
#include "model/routing_tag.hpp"
#include "model/settings.hpp"
#include "model/target_pattern.hpp"
#include "model/terminal.hpp"
#include "model/terminal_pattern.hpp"
#include "model/terminal_source.hpp"
#include "model/transformation_rule.hpp"
#include "model/transformation_set.hpp"
#include "model/user.hpp"
#include "model/webhook.hpp"

namespace carillon::api {

Rule rule_of(const model::Resource& resource) {
  if (&resource == &model::resource_of<model::Terminal>) return rule_terminal;
  if (&resource == &model::resource_of<model::TerminalPattern>) return rule_terminal_pattern;
  if (&resource == &model::resource_of<model::TerminalSource>) return rule_terminal_source;
  if (&resource == &model::resource_of<model::User>) return rule_user;
  if (&resource == &model::resource_of<model::Administrator>) return rule_administrator;
  if (&resource == &model::resource_of<model::Webhook>) return rule_webhook;
  if (&resource == &model::resource_of<model::Customer>) return rule_customer;
  if (&resource == &model::resource_of<model::Domain>) return rule_domain;
  if (&resource == &model::resource_of<model::Extension>) return rule_extension;
  if (&resource == &model::resource_of<model::NotificationTemplate>) return rule_notification_template;
  if (&resource == &model::resource_of<model::Portal>) return rule_portal;
  if (&resource == &model::resource_of<model::Settings>) return rule_settings;
  if (&resource == &model::resource_of<model::TransformationSet>) return rule_transformation_set;
  if (&resource == &model::resource_of<model::TransformationRule>) return rule_transformation_rule;
  if (&resource == &model::resource_of<model::CarrierServer>) return rule_carrier_server;
  if (&resource == &model::resource_of<model::CarrierSource>) return rule_carrier_source;
  if (&resource == &model::resource_of<model::CarrierCredential>) return rule_carrier_credential;
  if (&resource == &model::resource_of<model::Brand>) return rule_brand;
  if (&resource == &model::resource_of<model::CarrierRegistration>) return rule_carrier_registration;
  if (&resource == &model::resource_of<model::TargetPattern>) return rule_target_pattern;
  if (&resource == &model::resource_of<model::OutgoingRoute>) return rule_outgoing_route;
  if (&resource == &model::resource_of<model::Ddi>) return rule_ddi;
  if (&resource == &model::resource_of<model::NumberBlock>) return rule_number_block;
  if (&resource == &model::resource_of<model::MatchEntry>) return rule_match_entry;
  if (&resource == &model::resource_of<model::CallAclRule>) return rule_call_acl_rule;
  if (&resource == &model::resource_of<model::OutgoingDdiRule>) return rule_outgoing_ddi_rule;
  if (&resource == &model::resource_of<model::OutgoingDdiRuleEntry>) return rule_outgoing_ddi_rule_entry;
  if (&resource == &model::resource_of<model::RoutingTag>) return rule_routing_tag;
  if (&resource == &model::resource_of<model::CustomerRoutingTag>) return rule_customer_routing_tag;
  if (&resource == &model::resource_of<model::Price>) return rule_price;
  if (&resource == &model::resource_of<model::PlanAssignment>) return rule_plan_assignment;
  return nullptr;
}

Keepers keepers_of(const model::Resource& resource) {
  return &resource == &model::resource_of<model::NumberBlock> ? keepers_of_number_block : nullptr;
}

Companions companions_of(const model::Resource& resource) {
  return &resource == &model::resource_of<model::Brand> ? companions_of_brand : nullptr;
}

void note_conversion(Draft& draft, std::string_view field, std::string_view said, std::string_view kept) {
  if (said == kept) return;
  boost::json::value& notices = draft.shown.emplace("notices", boost::json::array()).first->value();
  notices.as_array().push_back({{"field", field}, {"message", fmt::format("is stored as {}", kept)}});
}

Result<> check_room(Draft& draft, const Room& room, std::int64_t owner) {
  CARILLON_TRY(statement, draft.edit.database().prepare(room.count));
  statement->bind(1, owner);
  statement->bind(2, model::member<std::int64_t>(draft.object.get(), draft.object.resource().fields.front()));
  CARILLON_CHECK(statement->step());
  if (statement->integer(0) >= room.most)
    draft.faults.push_back({std::string(room.field), fmt::format("has {} {} already", room.most, room.what)});
  return {};
}

}  // namespace carillon::api
