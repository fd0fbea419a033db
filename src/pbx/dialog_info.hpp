// SPDX-License-Identifier: GPL-3.0-or-later
// Lamps: what each line is doing, for the phones that watch it (RFC 4235). A line is a terminal, and each of its legs is a
// dialog; the state is read from the calls that run at the moment it is told, and kept nowhere else.
#pragma once

#include <unordered_map>
#include <vector>

#include "call/leg.hpp"
#include "pbx/notifier.hpp"

namespace carillon::pbx {

class DialogInfo final : public EventPackage, public call::LegObserver {
 public:
  explicit DialogInfo(Notifier& notifier) : notifier_(notifier) { notifier.add(*this); }

  void on_leg_changed(const call::Leg& leg) override;

  // EventPackage: the extension or the terminal of a user of the watcher's company.
  std::string_view name() const override { return "dialog"; }
  std::string_view content_type() const override { return "application/dialog-info+xml"; }
  Found find(const directory::Customer& customer, const directory::Terminal& watcher, std::string_view user) const override;
  void write(Resource line, std::string_view entity, std::uint32_t version, std::string& body) const override;

 private:
  std::vector<const call::Leg*> dialogs_of(Resource line) const;

  Notifier& notifier_;
  std::unordered_map<Resource, std::vector<const call::Leg*>> lines_;  ///< By terminal; those with a leg.
};

}  // namespace carillon::pbx
