// SPDX-License-Identifier: GPL-3.0-or-later
// What the operations that begin jobs share.
#pragma once

#include "api/request.hpp"
#include "store/jobs.hpp"

namespace carillon::api {

/// A job about the collection of the request's operation, for whoever asks.
model::Job new_job(const Request& request, model::JobKind kind);

/// Why a job could not be begun.
Problem job_problem(const Error& error);

/// 202 with the job, and where it can be watched.
Answer job_answer(const model::Job& job);

/// Suspends until the job is over, and gives it; none when that takes too long for a request.
Task<std::optional<model::Job>> wait_for_job(Backend& backend, const Caller& caller, Id<model::Job> id);

/// What became of an import. Of one that failed for another reason than its lines: why.
Task<Answer> job_report(Backend& backend, const Caller& caller, model::Job job);

}  // namespace carillon::api
