// SPDX-License-Identifier: GPL-3.0-or-later
// A number of the world that is the platform's: the brand has it and gives it to a customer, who says where its calls go.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

/// Which calls of a number are recorded.
enum class DdiRecording : std::uint8_t { none, incoming, outgoing, all };
inline constexpr std::string_view ddi_recording_names[] = {"none", "incoming", "outgoing", "all"};
constexpr std::span<const std::string_view> choices(DdiRecording) {
  return ddi_recording_names;
}

struct Ddi {
  RESOURCE(Ddi, ddis)
  static constexpr Access access{.write = Role::brand};
  FIELD(Id<Ddi>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer)  // None: it is free.
  FIELD(Text, number, .form = Form::e164, .unique = Unique::platform, .required = true, .title = true, .max = 16)
  FIELD(Text, country, .form = Form::country)
  FIELD(Id<Carrier>, carrier, .read = Role::brand)  // Who brings its calls.
  FIELD(Text, description, .max = 190)
  FIELD(Id<Target>, target, .write = Role::customer)               // Where its calls go; none: nowhere, 404.
  FIELD(Text, display_prefix, .write = Role::customer, .max = 32)  // Put before the caller's name: "Sales".
  FIELD(Text, language, .form = Form::language, .write = Role::customer, .inherits = "customer.language")
  FIELD(DdiRecording, recording, .write = Role::customer)
  FIELD(Boolean, charge_inbound)
};

}  // namespace carillon::model
