// SPDX-License-Identifier: GPL-3.0-or-later
// Under which name the database keeps how far this node's journal is stored: two nodes with one database must never take each
// other's place in it for theirs, or one would delete what the other has not stored.
#pragma once

#include <string>

#include "base/result.hpp"
#include "roles/data_dir.hpp"

namespace carillon::roles {

enum class JournalNameFault { unusable };  ///< The file cannot be read or written, or holds no name.
constexpr std::string_view name_of(JournalNameFault) {
  return "journal_name.unusable";
}

/// Gives the node a name of its own where it has none: for a database that others can reach.
Result<> name_journal(const DataDir& data);
/// "local" for a node that was never named.
Result<std::string> journal_name(const DataDir& data);

}  // namespace carillon::roles
