// SPDX-License-Identifier: GPL-3.0-or-later
// One step of a job: some rows more, in a transaction that is over before anybody has waited for it. For the thread that works
// jobs off; each function waits for the database.
#pragma once

#include <boost/json/object.hpp>

#include "api/caller.hpp"
#include "model/job.hpp"
#include "store/connection.hpp"
#include "store/credentials.hpp"
#include "store/jobs.hpp"

namespace carillon::api {

/// What a step works with.
struct Workbench {
  store::Connection& connection;
  const store::Sealer& sealer;
  store::HashCost cost = store::HashCost::standard;
  const outbound::AddressPolicy* carriers = nullptr;  ///< As Caller::carriers.
};

constexpr std::int64_t job_rows_max = 1'000'000;  ///< Of an export.
constexpr std::int64_t job_file_bytes_max = 256 * 1024 * 1024;
constexpr std::size_t import_columns_max = 200;
constexpr std::size_t import_lines_max = 10'000;
constexpr std::int64_t import_part_lines = 50;      ///< What is checked or made in one transaction.
constexpr std::int64_t import_password_lines = 5;   ///< The same where passwords are to be hashed.
constexpr std::size_t import_passwords_max = 1000;  ///< Each takes 100 ms to hash.

/// What `error` says of a job that somebody stopped, until it is over.
constexpr std::string_view job_cancelled = "job.cancelled";

/// As whom a job works, to be kept with it.
model::Json caller_json(const Caller& caller);
/// The same again, with the rights that it has now; `not_found` when who asked may no longer log in, or not do that.
Result<Caller> caller_of(Workbench& bench, const model::Job& job);

/// An export's parameters: what is asked for.
model::Json query_json(const store::Query& query);

/// The next step of a job that is not over; `job` as it then is. Errors: `stale`, then the step is somebody else's; `not_found`,
/// `invalid` and the like, then it will never do; the others may pass.
Result<> step_export(Workbench& bench, model::Job& job, Instant now);
Result<> step_import(Workbench& bench, model::Job& job, Instant now);

/// What became of an import, as POST /COLLECTION/import answers.
Result<boost::json::object> import_report(store::Database& database, const store::Sealer& sealer, const model::Job& job);

}  // namespace carillon::api
