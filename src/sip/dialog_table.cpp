// SPDX-License-Identifier: GPL-3.0-or-later
// One hash look-up, then the tags and the Call-ID decide.
#include "sip/dialog_table.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace carillon::sip {

bool DialogTable::add(Dialog& dialog, Owner& owner) {
  if (dialogs_.size() >= dialogs_max_) return false;
  dialogs_.emplace(dialog.local_tag(), Found{&dialog, &owner});
  return true;
}

void DialogTable::remove(const Dialog& dialog) {
  const auto [first, last] = dialogs_.equal_range(dialog.local_tag());
  const auto found = std::find_if(first, last, [&](const auto& entry) { return entry.second.dialog == &dialog; });
  if (found != last) dialogs_.erase(found);
}

DialogTable::Found DialogTable::find(const Message& message) const {
  if (message.is_request()) return find(message.call_id(), message.to_tag(), message.from_tag());
  return find(message.call_id(), message.from_tag(), message.to_tag());
}

DialogTable::Found DialogTable::find(std::string_view call_id, std::string_view local_tag, std::string_view remote_tag) const {
  const auto [first, last] = dialogs_.equal_range(local_tag);
  for (auto entry = first; entry != last; ++entry) {
    const Dialog& dialog = *entry->second.dialog;
    if (dialog.remote_tag() == remote_tag && dialog.call_id() == call_id) return entry->second;
  }
  return {};
}

}  // namespace carillon::sip
