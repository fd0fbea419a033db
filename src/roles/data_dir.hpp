// SPDX-License-Identifier: GPL-3.0-or-later
// Where everything lies in `data.dir`: the processes of a node find each other and each other's files by these names.
#pragma once

#include <filesystem>
#include <string_view>

namespace carillon::roles {

struct DataDir {
  std::filesystem::path root;

  std::filesystem::path run() const { return root / "run"; }
  std::filesystem::path control_socket(std::string_view role) const { return run() / (std::string(role) + ".sock"); }
  std::filesystem::path journal() const { return root / "journal"; }
  /// Tells this node's journal from others' in a database that they share.
  std::filesystem::path node_name() const { return root / "node"; }
  std::filesystem::path trace() const { return root / "trace"; }
  std::filesystem::path registrations() const { return root / "registrations"; }
  std::filesystem::path certificate() const { return root / "tls" / "certificate.pem"; }
  std::filesystem::path key() const { return root / "tls" / "key.pem"; }
  /// Certificates of single domains: NAME.pem, chain and key in one.
  std::filesystem::path named_certificates() const { return root / "tls" / "names"; }
  /// What seals secrets in the database. Kept apart from backups.
  std::filesystem::path master_key() const { return root / "master.key"; }
  std::filesystem::path lock() const { return root / "lock"; }
  /// Its presence says that demo made the directory, so `serve` refuses it.
  std::filesystem::path demo_marker() const { return root / "demo"; }
};

}  // namespace carillon::roles
