// SPDX-License-Identifier: GPL-3.0-or-later
// What some resources want filled in or checked before they are stored, beyond what their declarations say.
#pragma once

#include <boost/json/object.hpp>

#include "api/caller.hpp"
#include "store/edit.hpp"

namespace carillon::api {

/// An object about to be stored. The transaction is open; brand and customer are in place.
struct Draft {
  store::Edit& edit;
  const Caller& caller;
  model::Object& object;
  const model::Object* before;  ///< Null: it is new.
  const Secret& password_hash;  ///< Of the password that was given; empty when none was.
  boost::json::object& shown;   ///< Goes into the answer and nowhere else: what is shown once.
  std::vector<model::FieldFault>& faults;
};

/// Errors are the database's; what whoever asked can mend goes into `faults`.
using Rule = Result<> (*)(Draft& draft);

/// Null when the declaration says all.
Rule rule_of(const model::Resource& resource);

// One file each.
Result<> rule_terminal(Draft& draft);
Result<> rule_domain(Draft& draft);     // rule_retail.cpp
Result<> rule_extension(Draft& draft);  // rule_retail.cpp
Result<> rule_user(Draft& draft);
Result<> rule_customer(Draft& draft);
Result<> rule_administrator(Draft& draft);
Result<> rule_webhook(Draft& draft);
Result<> rule_notification_template(Draft& draft);
Result<> rule_portal(Draft& draft);
Result<> rule_settings(Draft& draft);
Result<> rule_transformation_set(Draft& draft);
Result<> rule_transformation_rule(Draft& draft);

}  // namespace carillon::api
