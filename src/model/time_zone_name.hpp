// SPDX-License-Identifier: GPL-3.0-or-later
// A time zone of the system's database, as the API lists it.
#pragma once

#include "model/field.hpp"

namespace carillon::model {

struct TimeZoneName {
  RESOURCE(TimeZoneName, time_zones)
  FIELD(Text, name, .form = Form::time_zone)  // Europe/Madrid
};

}  // namespace carillon::model
