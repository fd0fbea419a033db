// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/recipe.hpp"

#include "net/network.hpp"

namespace carillon::api {

namespace {

using Writer = std::string (*)(const Recipe& recipe);

/// In the order of recipe_peers.
constexpr Writer writers[] = {&asterisk_recipe, &freeswitch_recipe};
static_assert(std::size(writers) == std::size(recipe_peers));

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string write_recipe(std::string_view peer, const Recipe& recipe) {
  for (std::size_t i = 0; i < std::size(writers); ++i)
    if (recipe_peers[i] == peer) return writers[i](recipe);
  return asterisk_recipe(recipe);
}

std::string recipe_name(const Recipe& recipe, char other) {
  std::string name = "carillon";
  name += other;
  for (const char c : recipe.terminal.name) name += is_plain(c) ? c : other;
  return name;
}

std::string recipe_user(const Recipe& recipe) {
  std::string user;
  for (const char c : recipe.terminal.name) {
    if (is_plain(c) || std::string_view("-_.").contains(c))
      user += c;
    else
      user += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return user;
}

std::string recipe_address(const Recipe& recipe) {
  if (recipe.edge.addresses.empty()) return {};
  const auto address = net::Address::parse(recipe.edge.addresses.front(), recipe.edge.port);
  return address ? address->to_string() : std::string();
}

}  // namespace carillon::api
