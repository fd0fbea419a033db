// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/message_summary.hpp"

namespace carillon::pbx {

EventPackage::Found MessageSummary::find(const directory::Customer& customer, const directory::Terminal& watcher,
                                         std::string_view user) const {
  const Found own{.status = 200, .resource = watcher.id.value};
  if (user.empty() || user == watcher.name) return own;
  const directory::Extension* extension = customer.find_extension(user);
  if (extension == nullptr && customer.find_terminal(user) == nullptr) return {.status = 404};
  const bool is_own = extension != nullptr && watcher.user != nullptr && extension->target.user == watcher.user;
  return is_own ? own : Found{.status = 403};
}

void MessageSummary::write(Resource, std::string_view entity, std::uint32_t, std::string& body) const {
  body.append("Messages-Waiting: no\r\nMessage-Account: ").append(entity).append("\r\n");
}

}  // namespace carillon::pbx
