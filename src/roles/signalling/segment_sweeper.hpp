// SPDX-License-Identifier: GPL-3.0-or-later
// Old segments of the journal go once their call records are stored: jobs says how far it got, and only signalling deletes
// (ruling 2).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/configuration.hpp"
#include "base/loop.hpp"
#include "base/worker.hpp"

namespace carillon::roles {

class SegmentSweeper {
 public:
  SegmentSweeper(Loop& loop, const Configuration& configuration, std::filesystem::path journal);
  SegmentSweeper(const SegmentSweeper&) = delete;
  SegmentSweeper& operator=(const SegmentSweeper&) = delete;
  ~SegmentSweeper() = default;

 private:
  void sweep();

  Loop& loop_;
  std::string database_url_;
  std::filesystem::path data_dir_;
  std::filesystem::path journal_;
  Timer sweep_;
  Worker worker_;
};

}  // namespace carillon::roles
