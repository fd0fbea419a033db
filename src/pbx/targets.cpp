// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/targets.hpp"

#include "pbx/terminal.hpp"
#include "pbx/user.hpp"

namespace carillon::pbx {

namespace {

using Enter = Task<> (*)(call::Call& call, Arrival arrival);

/// One line for each kind that a number can lead to.
constexpr std::pair<model::TargetKind, Enter> kinds[] = {
    {model::TargetKind::user, &enter_user},
    {model::TargetKind::terminal, &enter_terminal},
};

}  // namespace

Task<> enter(call::Call& call, Arrival arrival) {
  for (const auto& [kind, story] : kinds)
    if (kind == arrival.target.kind) return story(call, arrival);
  throw Broken("a target of a kind that has no story", __FILE__, __LINE__);
}

}  // namespace carillon::pbx
