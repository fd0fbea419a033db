// SPDX-License-Identifier: GPL-3.0-or-later
// A text that could not be sent is not stored.
#include "api/rules.hpp"
#include "store/notifications.hpp"

namespace carillon::api {

Result<> rule_notification_template(Draft& draft) {
  const auto& text = draft.object.as<model::NotificationTemplate>();
  for (model::FieldFault& fault : store::check_template(text)) draft.faults.push_back(std::move(fault));
  return {};
}

}  // namespace carillon::api
