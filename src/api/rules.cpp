// SPDX-License-Identifier: GPL-3.0-or-later
// The list of rules, one line a resource.
#include "api/rules.hpp"

#include "model/administrator.hpp"
#include "model/customer.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/notification_template.hpp"
#include "model/portal.hpp"
#include "model/settings.hpp"
#include "model/terminal.hpp"
#include "model/transformation_rule.hpp"
#include "model/transformation_set.hpp"
#include "model/user.hpp"
#include "model/webhook.hpp"

namespace carillon::api {

Rule rule_of(const model::Resource& resource) {
  if (&resource == &model::resource_of<model::Terminal>) return rule_terminal;
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
  return nullptr;
}

}  // namespace carillon::api
