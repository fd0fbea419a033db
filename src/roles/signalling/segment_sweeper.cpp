// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/segment_sweeper.hpp"

#include "base/log.hpp"
#include "billing/record_writer.hpp"
#include "journal/writer.hpp"
#include "roles/journal_name.hpp"
#include "store/database.hpp"

namespace carillon::roles {

namespace {

constexpr Duration interval = 60s;

Result<> remove_stored(const std::string& url, const std::filesystem::path& data_dir, const std::filesystem::path& journal) {
  CARILLON_TRY(database, store::open(url, data_dir, store::Access::read));
  CARILLON_CHECK(database->confine({}));
  CARILLON_TRY(name, journal_name({data_dir}));
  CARILLON_TRY(stored, billing::stored_segment(*database, name));
  return journal::remove_segments_before(journal, stored);
}

}  // namespace

SegmentSweeper::SegmentSweeper(Loop& loop, const Configuration& configuration, std::filesystem::path journal)
    : loop_(loop),
      database_url_(configuration.text("database.url")),
      data_dir_(configuration.text("data.dir")),
      journal_(std::move(journal)),
      sweep_([](void* self) { static_cast<SegmentSweeper*>(self)->sweep(); }, this),
      worker_(Worker::Options{.name = "sweeper", .capacity = 4}) {
  loop_.timers().arm(sweep_, loop_.now() + interval);
}

void SegmentSweeper::sweep() {
  loop_.timers().arm(sweep_, loop_.now() + interval);
  const bool taken = worker_.submit([url = database_url_, data_dir = data_dir_, journal = journal_] {
    if (auto swept = remove_stored(url, data_dir, journal); !swept)
      log::warning("journal", "sweep.failed", {{"fault", swept.error().code}, {"what", swept.error()}});
  });
  if (!taken) log::warning("journal", "sweep.late");
}

}  // namespace carillon::roles
