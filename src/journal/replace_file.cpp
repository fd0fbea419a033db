// SPDX-License-Identifier: GPL-3.0-or-later
// Written aside, flushed, renamed, and the name flushed.
#include "journal/replace_file.hpp"

#include "base/kill_point.hpp"

namespace carillon::journal {

Result<> replace_file(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path fresh = path.string() + ".new";
  CARILLON_TRY(file, File::open(fresh, File::Mode::replace));
  Result<> done = file.write_at(0, content);
  if (done) done = file.sync();
  kill_point("file.written_beside");
  if (done) done = rename_file(fresh, path);
  kill_point("file.renamed");
  if (done) return sync_directory(path.parent_path());
  (void)remove_file(fresh);  // On a full disk it would keep others from what little there is.
  return done;
}

}  // namespace carillon::journal
