// SPDX-License-Identifier: GPL-3.0-or-later
// A webhook gets its secret from the platform, which shows it this once; switched on again, it begins anew.
#include "api/rules.hpp"
#include "model/webhook.hpp"
#include "outbound/webhook_signature.hpp"

namespace carillon::api {

Result<> rule_webhook(Draft& draft) {
  auto& webhook = draft.object.as<model::Webhook>();
  if (draft.before == nullptr) {
    webhook.secret = outbound::make_webhook_secret();
    draft.shown["secret"] = webhook.secret.reveal();
  }
  if (!draft.caller.rights.may_see_calls) draft.faults.push_back({"events", "tell of calls, which you may not see"});
  for (model::FieldFault& fault : model::check_webhook(webhook)) draft.faults.push_back(std::move(fault));
  return {};
}

}  // namespace carillon::api
