// SPDX-License-Identifier: GPL-3.0-or-later
// Filling the reserve and making a segment of it.
#include "journal/reserve.hpp"

namespace carillon::journal {
namespace {

constexpr std::string_view full_name = "reserve";
/// While a segment is written into it: what a crash leaves of that is no reserve any more, since it is not all zeros.
constexpr std::string_view spent_name = "reserve.spent";

}  // namespace

Reserve::Reserve(std::filesystem::path directory, std::uint64_t bytes) : directory_(std::move(directory)), bytes_(bytes) {}

Result<> Reserve::fill() {
  if (bytes_ == 0 || is_filled_) return {};
  (void)remove_file(directory_ / spent_name);
  const std::filesystem::path path = directory_ / full_name;
  // One of another size was wanted by another configuration.
  const bool is_other = size_of(path) != bytes_;
  // Asked first: trying would take all that is left away from everybody for a moment.
  if (is_other && free_space(directory_).value_or(bytes_) < bytes_)
    return failure(Fault::no_space, "There is no room for the journal's reserve.");
  CARILLON_TRY(file, File::open(path, is_other ? File::Mode::replace : File::Mode::update));
  Result<> done = file.allocate(bytes_);
  if (done) done = file.sync();
  if (done) done = sync_directory(directory_);
  if (!done) (void)remove_file(path);  // Part of a reserve would take others the little that there is.
  is_filled_ = done.has_value();
  return done;
}

Result<File> Reserve::spend(const std::filesystem::path& path, std::string_view content) {
  is_filled_ = false;
  const std::filesystem::path spent = directory_ / spent_name;
  CARILLON_CHECK(rename_file(directory_ / full_name, spent));
  CARILLON_CHECK(sync_directory(directory_));
  CARILLON_TRY(file, File::open(spent, File::Mode::update));
  CARILLON_CHECK(file.write_at(0, content));
  CARILLON_CHECK(file.sync());
  CARILLON_CHECK(rename_file(spent, path));
  CARILLON_CHECK(sync_directory(directory_));
  return std::move(file);
}

}  // namespace carillon::journal
