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

/// A fault when there are `most` of what is counted already. The query counts by the two numbers bound: what they belong to, and
/// the object itself, which does not count.
struct Room {
  std::string_view field, count, what;
  std::int64_t most;
};
Result<> check_room(Draft& draft, const Room& room, std::int64_t owner);
/// Whether the object is new, or a field of it is not what it was.
template <class T, class Member>
bool has_changed(const Draft& draft, Member T::* member) {
  return draft.before == nullptr || draft.before->as<T>().*member != draft.object.as<T>().*member;
}

/// What the people of a customer dial for help, with and without its prefix.
Result<std::vector<std::string>> help_numbers(Draft& draft, Id<model::Customer> customer);

/// Errors are the database's; what whoever asked can mend goes into `faults`.
using Rule = Result<> (*)(Draft& draft);

/// Null when the declaration says all.
Rule rule_of(const model::Resource& resource);

/// Who keeps an object from going beyond those that refer to it.
using Keepers = Result<std::vector<store::Use>> (*)(store::Edit& edit, std::int64_t id);
/// Null when nobody does.
Keepers keepers_of(const model::Resource& resource);

/// Makes what comes with a new object, in its transaction.
using Companions = Result<> (*)(store::Edit& edit, model::Object& object);
/// Null when it comes alone.
Companions companions_of(const model::Resource& resource);

// One file each.
Result<> rule_terminal(Draft& draft);
Result<> rule_terminal_pattern(Draft& draft);  // rule_pbx.cpp
Result<> rule_terminal_source(Draft& draft);   // rule_pbx.cpp
Result<> rule_domain(Draft& draft);            // rule_retail.cpp
Result<> rule_extension(Draft& draft);         // rule_retail.cpp
Result<> rule_user(Draft& draft);
Result<> rule_customer(Draft& draft);
Result<> rule_administrator(Draft& draft);
Result<> rule_webhook(Draft& draft);
Result<> rule_notification_template(Draft& draft);
Result<> rule_portal(Draft& draft);
Result<> rule_settings(Draft& draft);
Result<> rule_transformation_set(Draft& draft);
Result<> rule_transformation_rule(Draft& draft);
Result<> rule_carrier_server(Draft& draft);
Result<> rule_carrier_source(Draft& draft);
/// From where a carrier's calls come. A fault of `field` when too many others call from there.
struct CarriersSource {
  std::string_view field, network;
  std::int64_t id = 0, carrier = 0, brand = 0;
};
Result<> check_shared(Draft& draft, const CarriersSource& source);  // rule_carrier_shared.cpp
Result<> rule_carrier_registration(Draft& draft);                   // rule_carrier.cpp
Result<> rule_carrier_credential(Draft& draft);                     // rule_carrier.cpp
Result<> rule_target_pattern(Draft& draft);
Result<> rule_outgoing_route(Draft& draft);
Result<> rule_routing_tag(Draft& draft);
Result<> rule_customer_routing_tag(Draft& draft);  // rule_routing_tag.cpp
Result<> rule_brand(Draft& draft);
Result<> companions_of_brand(store::Edit& edit, model::Object& brand);
/// A customer's own list is no list of what it is denied. (rule_brand.cpp)
Result<> check_denied_list(Draft& draft, Id<model::MatchList> list);
Result<> rule_ddi(Draft& draft);
Result<> rule_number_block(Draft& draft);
/// A brand that is to have numbers of its blocks alone has no others. (rule_number_block.cpp)
Result<> check_numbers_from(Draft& draft);
Result<std::vector<store::Use>> keepers_of_number_block(store::Edit& edit, std::int64_t id);
Result<> rule_match_entry(Draft& draft);
Result<> rule_call_acl_rule(Draft& draft);            // rule_calling.cpp
Result<> rule_outgoing_ddi_rule(Draft& draft);        // rule_calling.cpp
Result<> rule_outgoing_ddi_rule_entry(Draft& draft);  // rule_calling.cpp

Result<> rule_price(Draft& draft);
Result<> rule_plan_assignment(Draft& draft);

}  // namespace carillon::api
