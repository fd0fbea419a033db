// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the database properly.
#include <sqlite3.h>
#include <string>

std::string by_name() { return "SELECT id FROM users WHERE name = ?1 AND note = 'a' + 'b'"; }
