// SPDX-License-Identifier: GPL-3.0-or-later
// Works jobs off for as long as its process runs, a step of one, then a step of the next: none waits for another to be done.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "base/worker.hpp"
#include "outbound/address_policy.hpp"
#include "store/credentials.hpp"
#include "store/seal.hpp"

namespace carillon::api {

class JobRunner {
 public:
  struct Options {
    std::string database_url;
    std::filesystem::path data_dir;
    store::Sealer sealer;
    store::HashCost cost = store::HashCost::standard;
    Duration poll_interval = 200ms;
    Duration retry_interval = 2s;  ///< While the database does not answer.
    Duration surplus_interval = 10min;
    outbound::AddressPolicy carriers = {};  ///< Where carriers' servers may be.
  };

  /// What a look at the table came to.
  enum class Turn {
    nothing,  ///< Nobody has work.
    stepped,
    ended,   ///< A job, well.
    failed,  ///< A job, or it was cancelled.
    later    ///< The database could not; the job has its turn again.
  };

  JobRunner(Loop& loop, Options options);
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;
  ~JobRunner();  ///< Waits for the step under way.

  void start();

 private:
  class Bench;
  Task<> keep();
  Duration pause_after(const Result<Turn>& turn, Duration taken) const;
  Task<> look_for_surplus();
  void count(Turn turn);
  void warn(const Error& error);

  Loop& loop_;
  Options options_;
  std::unique_ptr<Bench> bench_;  ///< Touched by the worker alone.
  Monotonic next_look_;
  log::SourceLimit log_limit_;
  metrics::Counter steps_{"carillon_job_steps_total", "Steps of jobs"};
  metrics::Counter done_{"carillon_jobs_total", "Jobs that ended", {{"state", "done"}}};
  metrics::Counter failed_{"carillon_jobs_total", "Jobs that ended", {{"state", "failed"}}};  ///< Or stopped.
  Worker worker_;
  Scope scope_;  ///< Last: its task uses the others.
};

}  // namespace carillon::api
