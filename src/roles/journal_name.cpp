// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/journal_name.hpp"

#include <fstream>

#include "base/id.hpp"

namespace carillon::roles {

Result<> name_journal(const DataDir& data) {
  std::error_code error;
  if (std::filesystem::exists(data.node_name(), error)) return {};
  const std::filesystem::path partial = data.node_name().string() + ".partial";
  std::ofstream file(partial, std::ios::trunc);
  file << fmt::format("{:016x}{:016x}\n", random_bits(), random_bits());
  file.close();
  if (file.good()) std::filesystem::rename(partial, data.node_name(), error);
  if (!file.good() || error) return failure(JournalNameFault::unusable, "Cannot write " + data.node_name().string());
  return {};
}

Result<std::string> journal_name(const DataDir& data) {
  constexpr std::size_t length = 32;
  std::error_code error;
  if (!std::filesystem::exists(data.node_name(), error) && !error) return std::string("local");
  std::ifstream file(data.node_name());
  std::string name;
  if (!std::getline(file, name) || name.size() != length) {
    return failure(JournalNameFault::unusable, data.node_name().string() + " holds no name.");
  }
  return name;
}

}  // namespace carillon::roles
