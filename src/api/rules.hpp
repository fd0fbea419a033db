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
  boost::json::object& shown;   ///< Goes into the answer and nowhere else: what is shown once, and notices.
  std::vector<model::FieldFault>& faults;
};

/// Says in the answer that a text was stored otherwise than it was said: `{"notices":[{"field","message"}]}`.
void note_conversion(Draft& draft, std::string_view field, std::string_view said, std::string_view kept);

/// Whether the object is new, or a field of it is not what it was.
template <class T, class Member>
bool has_changed(const Draft& draft, Member T::* member) {
  return draft.before == nullptr || draft.before->as<T>().*member != draft.object.as<T>().*member;
}

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
Result<> rule_ddi(Draft& draft);
Result<> rule_match_entry(Draft& draft);
Result<> rule_call_acl_rule(Draft& draft);            // rule_calling.cpp
Result<> rule_outgoing_ddi_rule(Draft& draft);        // rule_calling.cpp
Result<> rule_outgoing_ddi_rule_entry(Draft& draft);  // rule_calling.cpp

}  // namespace carillon::api
