// SPDX-License-Identifier: GPL-3.0-or-later
// The next part is read when the one before it has left.
#include "api/file_sender.hpp"

#include "base/log.hpp"

namespace carillon::api {

namespace {

constexpr Duration client_patience = 30s;
constexpr Duration look_interval = 5ms;
constexpr Duration read_patience = 5s;
constexpr Duration retry_interval = 200ms;

}  // namespace

FileSender::FileSender(Loop& loop, DatabaseThread& files, const store::Sealer& sealer)
    : loop_(loop), files_(files), sealer_(sealer), scope_(loop, [](const Broken& broken) {
        log::error("api", "file.broken", {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
      }) {}

void FileSender::send(model::Job job, store::Scope whose, net::HttpStream stream) {
  scope_.spawn(work(std::move(job), whose, std::move(stream)));
}

/// False when the client took nothing for too long, or has gone.
Task<bool> FileSender::drain(net::HttpStream& stream) {
  std::size_t before = stream.waiting();
  Monotonic until = loop_.now() + client_patience;
  while (stream.is_open() && stream.waiting() > 0) {
    if (stream.waiting() < before) until = loop_.now() + client_patience;
    before = stream.waiting();
    if (loop_.now() >= until) co_return false;
    co_await sleep(loop_, look_interval);
  }
  co_return stream.is_open();
}

/// While the database has no time the client waits.
Task<Result<std::optional<std::string>>> FileSender::next_part(const model::Job& job, const store::Scope& whose, std::int64_t n) {
  const Monotonic until = loop_.now() + client_patience;
  while (true) {
    auto read = [job, n, &sealer = sealer_](store::Database& database) {
      return store::find_part(database, sealer, job, store::PartKind::file, n);
    };
    auto part = co_await files_.run(whose, std::move(read), read_patience);
    const bool may_pass = !part && part.error().is(store::Fault::busy) && loop_.now() < until;
    if (!may_pass) co_return part;
    co_await sleep(loop_, retry_interval);
  }
}

Task<> FileSender::work(model::Job job, store::Scope whose, net::HttpStream stream) {
  const auto share = under_way_.take(whose);
  if (!share) co_return stream.abort();
  for (std::int64_t n = 0; n < job.position; ++n) {
    const auto part = co_await next_part(job, whose, n);
    const bool is_there = part && part->has_value();
    if (!is_there || !stream.write(**part)) co_return stream.abort();
    const bool goes_on = co_await drain(stream);
    if (!goes_on) co_return stream.abort();
  }
  stream.end();
}

}  // namespace carillon::api
