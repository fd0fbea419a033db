// SPDX-License-Identifier: GPL-3.0-or-later
// What goes on now is known to signalling alone: the API asks it, and never the database.
#pragma once

#include <vector>

#include "base/task.hpp"
#include "control/methods.hpp"

namespace carillon::api {

class Live {
 public:
  virtual Task<Result<std::vector<control::LiveCall>>> calls(control::Whose whose) = 0;
  virtual Task<Result<std::vector<control::LiveRegistration>>> registrations(control::Whose whose) = 0;

 protected:
  ~Live() = default;
};

}  // namespace carillon::api
