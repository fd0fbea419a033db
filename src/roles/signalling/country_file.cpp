// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/country_file.hpp"

namespace carillon::roles {

CountryFile::State CountryFile::look() const {
  std::error_code error;
  State state;
  state.written_at = std::filesystem::last_write_time(path_, error);
  if (!error) state.bytes = std::filesystem::file_size(path_, error);
  state.is_there = !error;
  return state.is_there ? state : State{};
}

Result<std::shared_ptr<const directory::CountryDatabase>> CountryFile::poll(bool is_forced) {
  if (!is_set()) return nullptr;
  const State state = look();
  if (!is_forced && seen_ == state) return nullptr;
  seen_ = state;
  return directory::CountryDatabase::open(path_);
}

}  // namespace carillon::roles
