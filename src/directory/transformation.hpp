// SPDX-License-Identifier: GPL-3.0-or-later
// How somebody writes numbers, compiled: what a transformation set says, in the order in which its rules are tried.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/pattern.hpp"
#include "model/transformation_rule.hpp"

namespace carillon::directory {

struct TransformationRule {
  Pattern search;
  std::string replacement;
  Id<model::TransformationRule> id;
};

/// Immutable; any thread may read it.
class TransformationSet {
 public:
  /// Of the rules of one set, in any order. Those of one direction are tried by priority, and by id where that is the same. A
  /// rule whose pattern is none is left out.
  static std::shared_ptr<const TransformationSet> of(std::span<const model::TransformationRule> rows);

  std::span<const TransformationRule> rules(model::TransformationDirection direction) const {
    return lists_[static_cast<std::size_t>(direction)];
  }
  std::size_t left_out() const { return left_out_; }  ///< Rules whose pattern is none.

 private:
  std::array<std::vector<TransformationRule>, std::size(model::transformation_direction_names)> lists_;
  std::size_t left_out_ = 0;
};

}  // namespace carillon::directory
