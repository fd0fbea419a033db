// SPDX-License-Identifier: GPL-3.0-or-later
// The tenant: a company with its own telephones, numbers, records and bill.
#pragma once

#include "model/brand.hpp"
#include "model/entities.hpp"
#include "model/field.hpp"
#include "model/lock.hpp"

namespace carillon::model {

enum class CustomerKind : std::uint8_t {
  vpbx,   ///< A PBX of its own: extensions, users, a SIP domain.
  retail  ///< Single accounts, in a domain of the brand: no extensions.
};
inline constexpr std::string_view customer_kind_names[] = {"vpbx", "retail"};
constexpr std::span<const std::string_view> choices(CustomerKind) {
  return customer_kind_names;
}

struct Customer {
  RESOURCE(Customer, customers)
  static constexpr Access access{.write = Role::brand};
  FIELD(Id<Customer>, id, .tenant = Tenant::customer, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(CustomerKind, kind, .fixed = true)
  FIELD(Text, name, .unique = Unique::brand, .required = true, .title = true, .max = 64)
  FIELD(Text, country, .form = Form::country, .required = true)  // ISO 3166: ES
  FIELD(Text, country_code, .form = Form::digits, .max = 4)      // Calling code without +: 34; the country's when nobody says it.
  FIELD(Text, time_zone, .form = Form::time_zone, .write = Role::customer, .inherits = "brand.time_zone")
  FIELD(Text, currency, .form = Form::currency, .inherits = "brand.currency")
  FIELD(Text, language, .form = Form::language, .write = Role::customer, .inherits = "brand.language")
  FIELD(Status, status)
  FIELD(Set<Feature>, features, .initial = all_features)        // Of those that its brand has.
  FIELD(Integer, max_calls, .max = 100'000)                     // At a time; 0: as many as there are.
  FIELD(Text, external_id, .unique = Unique::brand, .max = 64)  // What the brand's own systems call it.
  FIELD(Integer, max_external_calls, .max = 100'000)            // Of those, with numbers outside of it.
  FIELD(Integer, max_calls_per_minute, .inherits = "brand.customer_calls_per_minute",
        .max = 100'000)                 // To numbers outside, begun by all its people; 0 everywhere: no limit.
  FIELD(Id<MatchList>, denied_numbers)  // A list of the brand's that nobody of it may call.
  FIELD(Integer, max_call_seconds, .inherits = "brand.max_call_seconds", .max = 86'400)
  FIELD(Id<TransformationSet>, transformation_set)              // How its people dial and read numbers; none: E.164 with +.
  FIELD(Text, outbound_prefix, .form = Form::digits, .max = 4)  // Dialled before each external number: "0".
  FIELD(Id<Ddi>, outgoing_ddi, .write = Role::customer)         // With which number its people call outside who have none.
  FIELD(Id<OutgoingDdiRule>, outgoing_ddi_rule, .write = Role::customer)
  FIELD(Lock, lock)
  FIELD(Text, tax_id, .max = 32)
  FIELD(Text, invoice_name, .max = 128)  // Who gets the invoices, and where:
  FIELD(Text, invoice_address, .max = 190)
  FIELD(Text, invoice_postcode, .max = 16)
  FIELD(Text, invoice_town, .max = 64)
  FIELD(Text, invoice_province, .max = 64)
  FIELD(Text, invoice_country, .form = Form::country)
  FIELD(Boolean, ip_filter,
        .write =
            Role::customer)  // Telephones register and call from the customer's networks only; without any network from nowhere.
  FIELD(Text, allowed_countries, .form = Form::countries, .write = Role::customer,
        .max = 760)  // Where telephones may be: "ES PT", ZZ: where nobody knows; empty: all.
};

}  // namespace carillon::model
