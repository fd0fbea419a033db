// SPDX-License-Identifier: GPL-3.0-or-later
// From the way somebody writes numbers to the platform's own and back. Between the two a number is neutral: a calling code and
// what follows it, without + (34941234567). Pure: the call path and whoever tries a set ask the same function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "directory/transformation.hpp"

namespace carillon::dialplan {

using Direction = model::TransformationDirection;

/// Of a number, before and after. A rule that would make nothing or more of it does not count.
inline constexpr std::size_t longest_transformed = 64;

/// A rule that was tried.
struct TransformationStep {
  const directory::TransformationRule* rule = nullptr;  ///< Lives as long as the set.
  bool has_matched = false;
  std::string before;
  std::string after;  ///< The same as before where it did not match.
};

/// What becomes of a number: of `caller_in` and `callee_in` a neutral one, of `caller_out` and `callee_out` what is written to
/// the other side. The first rule that matches is the last; where none does, and without a set, the number stays as it is.
/// `steps` gets each rule that was tried.
std::string transform(const directory::TransformationSet* set, Direction direction, std::string_view number,
                      std::vector<TransformationStep>* steps = nullptr);

/// A neutral number with + in front: of 7 to 15 digits and not beginning with 0. Anything else stays as it is.
std::string to_e164(std::string_view neutral);
/// The same backwards: takes the + off a number in E.164.
std::string from_e164(std::string_view number);

}  // namespace carillon::dialplan
