// SPDX-License-Identifier: GPL-3.0-or-later
// The lamp for waiting messages (RFC 3842): a phone may watch the mailbox of its own user. Nobody has a mailbox yet, so nothing
// waits; whoever brings mailboxes counts their messages here and notes changes.
#pragma once

#include "pbx/event_package.hpp"

namespace carillon::pbx {

class MessageSummary final : public EventPackage {
 public:
  std::string_view name() const override { return "message-summary"; }
  std::string_view content_type() const override { return "application/simple-message-summary"; }
  Found find(const directory::Customer& customer, const directory::Terminal& watcher, std::string_view user) const override;
  void write(Resource mailbox, std::string_view entity, std::uint32_t version, std::string& body) const override;
};

}  // namespace carillon::pbx
