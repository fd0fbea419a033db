// SPDX-License-Identifier: GPL-3.0-or-later
// Work that takes longer than a request: files out and files in. It goes on in steps, survives its process, and can be watched.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class JobKind : std::uint8_t {
  export_file,  ///< Objects into a file, which is kept for a while.
  import_file   ///< A file into objects: all of its lines or none.
};
inline constexpr std::string_view job_kind_names[] = {"export", "import"};
constexpr std::span<const std::string_view> choices(JobKind) {
  return job_kind_names;
}

enum class JobState : std::uint8_t {
  waiting,
  running,
  done,
  failed,    ///< `error` says why. What an import had made is gone again.
  cancelled  ///< By somebody; the same holds.
};
inline constexpr std::string_view job_state_names[] = {"waiting", "running", "done", "failed", "cancelled"};
constexpr std::span<const std::string_view> choices(JobState) {
  return job_state_names;
}
constexpr bool is_over(JobState state) {
  return state != JobState::waiting && state != JobState::running;
}

/// What a running job is at; `rows_done` counts anew when it begins to write, and back while it undoes.
enum class JobPhase : std::uint8_t {
  none,
  checking,  ///< Looks whether each line would do, and makes nothing.
  writing,
  undoing,   ///< Takes back what it made.
  finishing  ///< Nothing is left but to say so.
};
inline constexpr std::string_view job_phase_names[] = {"", "checking", "writing", "undoing", "finishing"};
constexpr std::span<const std::string_view> choices(JobPhase) {
  return job_phase_names;
}

enum class FileFormat : std::uint8_t { csv, json };
inline constexpr std::string_view file_format_names[] = {"csv", "json"};
constexpr std::span<const std::string_view> choices(FileFormat) {
  return file_format_names;
}

/// Written by the platform alone.
struct Job {
  RESOURCE(Job, jobs)
  static constexpr Access access{
      .read = Role::user, .is_record = true, .feature = Feature::data_transfer, .by_time = "created_at"};
  FIELD(Id<Job>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .read_only = true)           // None: the platform's own.
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .read_only = true)  // None: the brand's own.
  FIELD(Id<User>, requester_user, .tenant = Tenant::user, .read_only = true)    // Who asked, when a user did.
  FIELD(Text, requested_by, .read_only = true)                                  // Who asked, by the name that logged in.
  FIELD(JobKind, kind, .read_only = true)
  FIELD(Text, collection, .read_only = true, .title = true)  // As in the path: "users".
  FIELD(FileFormat, format, .read_only = true)
  FIELD(Boolean, dry_run, .read_only = true)  // An import that only looks.
  FIELD(JobState, state, .read_only = true)
  FIELD(JobPhase, phase, .read_only = true)
  FIELD(Integer, rows_done, .read_only = true)
  FIELD(Integer, rows_total, .read_only = true)   // 0: not known.
  FIELD(Integer, rows_faulty, .read_only = true)  // Lines of an import that will not do.
  FIELD(Integer, file_bytes, .read_only = true)   // What is kept of it.
  FIELD(Text, error, .read_only = true)           // A code, as problems have: "api.invalid".
  FIELD(Integer, tries, .read_only = true)        // In vain in a row, because of the database.
  FIELD(Instant, created_at, .read_only = true)
  FIELD(Instant, started_at, .read_only = true)
  FIELD(Instant, ended_at, .read_only = true)
  FIELD(Instant, expires_at, .read_only = true)                // When it and its file are removed; none before its end.
  FIELD(Integer, login, .read_only = true, .hidden = true)     // The id of who really asked: the file is for nobody else.
  FIELD(Json, caller, .hidden = true, .max = 4096)             // As whom it works.
  FIELD(Json, parameters, .hidden = true, .max = 65536)        // An export's query, an import's columns.
  FIELD(Text, cursor, .hidden = true, .max = 4096)             // An export's last row.
  FIELD(Integer, position, .read_only = true, .hidden = true)  // The next part.
  FIELD(Integer, parts, .read_only = true, .hidden = true)     // Of an import: how many were sent.
  FIELD(Integer, step, .read_only = true, .hidden = true)      // Whoever finds it unchanged and counts it up has made the step.
  FIELD(Instant, next_at, .read_only = true, .hidden = true)   // When its next turn is.
};

}  // namespace carillon::model
