// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of a country, made from what a transformation set says of dialling there.
#pragma once

#include <vector>

#include "model/transformation_rule.hpp"
#include "model/transformation_set.hpp"
#include "model/validate.hpp"

namespace carillon::dialplan {

/// Whether rules can be made of an international prefix: digits, * and #, and classes of digits ("0[01]").
bool is_international_prefix(std::string_view text);

/// What is missing or wrong before rules can be made; empty: nothing.
std::vector<model::FieldFault> check_numbering(const model::TransformationSet& set);

/// For each direction a rule for numbers of other countries and one for those of the own, and for what comes in one for the own
/// area where there is an area code. They belong to the set and have no ids yet. Only of a set that has no faults.
std::vector<model::TransformationRule> make_rules(const model::TransformationSet& set);

}  // namespace carillon::dialplan
