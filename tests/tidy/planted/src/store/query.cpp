// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the database in ways that it should not.
std::string by_name(std::string name) {
  auto first = "SELECT id FROM users WHERE name = '" + name + "'";
  auto second = fmt::format("UPDATE users SET name = {}", name);
  return first + second;
}
