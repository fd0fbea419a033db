// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/ban_list.hpp"

#include <algorithm>

namespace carillon::agent {

void BanList::add(Ban ban) {
  std::erase_if(bans_, [&](const Ban& each) {
    return each.until <= ban.since || (each.reason == ban.reason && each.name() == ban.name() && each.account() == ban.account());
  });
  if (bans_.size() == bans_max) bans_.erase(bans_.begin());
  bans_.push_back(std::move(ban));
}

std::vector<Ban> BanList::list(Instant now) const {
  std::vector<Ban> in_force;
  std::ranges::copy_if(bans_, std::back_inserter(in_force), [now](const Ban& each) { return now < each.until; });
  return in_force;
}

std::vector<Ban> BanList::take(std::string_view name, Instant now) {
  const std::optional<net::Address> address = net::Address::parse(name, 0);
  const std::string wanted = address ? address->host() : std::string(name);
  std::vector<Ban> taken;
  std::erase_if(bans_, [&](const Ban& each) {
    const bool is_meant = each.name() == wanted;
    if (is_meant && now < each.until) taken.push_back(each);
    return is_meant;
  });
  return taken;
}

}  // namespace carillon::agent
