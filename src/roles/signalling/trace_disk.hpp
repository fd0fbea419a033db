// SPDX-License-Identifier: GPL-3.0-or-later
// Traces of calls on disk and to a capture server: one thread masks, writes and sends, another one looks calls up. A thread that
// is behind drops; no call ever waits for it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/metrics.hpp"
#include "base/worker.hpp"
#include "net/network.hpp"
#include "trace/recorder.hpp"
#include "trace/story.hpp"

namespace carillon::roles {

class TraceDisk {
 public:
  struct Settings {
    std::filesystem::path directory;
    trace::Recorder::Limits limits{};
    std::optional<net::Address> hep;  ///< `hep.target`: messages go there too.
    std::string node;                 ///< Of this machine, for HEP.
  };
  static constexpr std::size_t batches_max = 64;  ///< That may wait; each is at most TraceWriter::batch_max bytes.
  static constexpr std::size_t searches_max = 8;

  explicit TraceDisk(Settings settings);
  TraceDisk(const TraceDisk&) = delete;
  TraceDisk& operator=(const TraceDisk&) = delete;
  /// Writes everything that is waiting.
  ~TraceDisk();

  // ---- From any thread ----

  /// Items as trace::append_item() wrote them, so many; empty: the time has gone on. Drops them when too many wait.
  void submit(std::string batch, std::size_t items, Instant now);
  using Done = std::move_only_function<void(Result<std::vector<model::TraceItem>> story)>;
  /// Looks a call up in what was submitted before. `done` is called on another thread, or at once with `control.busy` when too
  /// much is waiting.
  void find(const CallId& call, const trace::Whose& whose, Done done);

 private:
  class Files;

  std::filesystem::path directory_;
  std::unique_ptr<Files> files_;  ///< Touched by the writer alone once it runs.
  metrics::Counter dropped_{"carillon_trace_items_dropped_total", "Items of traces that were dropped", {{"reason", "behind"}}};
  std::unique_ptr<Worker> reader_;
  std::unique_ptr<Worker> writer_;  ///< Last to be made, first to go: it hands searches on.
};

}  // namespace carillon::roles
