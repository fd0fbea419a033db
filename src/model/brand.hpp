// SPDX-License-Identifier: GPL-3.0-or-later
// The reseller: the operator who bills customers. Everything below the platform belongs to exactly one.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class Status : std::uint8_t {
  active,
  locked  ///< Nobody of it logs in, its telephones neither register nor call. Calls that go on are let be.
};
inline constexpr std::string_view status_names[] = {"active", "locked"};
constexpr std::span<const std::string_view> choices(Status) {
  return status_names;
}

/// Which numbers a brand may make DDIs of. What is in another brand's block it may not have either way.
enum class NumbersFrom : std::uint8_t { anywhere, blocks };
inline constexpr std::string_view numbers_from_names[] = {"anywhere", "blocks"};
constexpr std::span<const std::string_view> choices(NumbersFrom) {
  return numbers_from_names;
}

struct Brand {
  RESOURCE(Brand, brands)
  static constexpr Access access{.read = Role::brand, .write = Role::platform};
  FIELD(Id<Brand>, id, .tenant = Tenant::brand, .read_only = true)
  FIELD(Text, name, .unique = Unique::platform, .required = true, .title = true, .max = 64)
  FIELD(Text, language, .form = Form::language, .write = Role::brand, .inherits = "settings.language")
  FIELD(Text, time_zone, .form = Form::time_zone, .write = Role::brand, .inherits = "settings.time_zone")
  FIELD(Text, currency, .form = Form::currency, .required = true)
  FIELD(Status, status)
  FIELD(Set<Feature>, features, .initial = all_features)
  FIELD(Integer, max_calls, .max = 1'000'000)  // With numbers outside, at a time, of all its customers; 0: as many as there are.
  FIELD(Integer, max_calls_per_minute, .max = 1'000'000)  // To numbers outside, begun by all its customers; 0: no limit.
  FIELD(Integer, customer_calls_per_minute, .write = Role::brand, .inherits = "settings.customer_calls_per_minute",
        .max = 100'000)                                       // By each of its customers that says none.
  FIELD(Id<MatchList>, denied_numbers, .write = Role::brand)  // A list of its own that new customers may not call.
  FIELD(Integer, max_call_seconds, .max = 86'400)             // After which a call is ended; 0: the platform's three hours.
  FIELD(NumbersFrom, numbers_from, .initial = int(NumbersFrom::blocks))
  FIELD(Text, tax_id, .write = Role::brand, .max = 32)
  FIELD(Text, invoice_name, .write = Role::brand, .max = 128)  // Who sends the invoices, and from where:
  FIELD(Text, invoice_address, .write = Role::brand, .max = 190)
  FIELD(Text, invoice_postcode, .write = Role::brand, .max = 16)
  FIELD(Text, invoice_town, .write = Role::brand, .max = 64)
  FIELD(Text, invoice_province, .write = Role::brand, .max = 64)
  FIELD(Text, invoice_country, .form = Form::country, .write = Role::brand)
  FIELD(Text, registry_data, .write = Role::brand, .max = 500)      // "Registro Mercantil de …", as the law wants it.
  FIELD(Text, mail_name, .write = Role::brand, .max = 64)           // Who mails its people:
  FIELD(Text, mail_from, .form = Form::email, .max = 190)           // empty: `smtp.from`.
  FIELD(Text, logo, .read_only = true, .derived = true, .max = 64)  // The tag of its picture; empty: it has none.
};

}  // namespace carillon::model
