// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers that an operator watches. A metric is a member of whatever counts, so each shard counts without touching another's
// cache line; equal names and labels are added up when somebody reads them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace carillon::metrics {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

class Metric;

/// All metrics of a process (or of a test). From any thread.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// The process's own, which a metric joins unless told otherwise.
  static Registry& process();

  /// Prometheus text format 0.0.4, families and series sorted, with `labels` added to every series (`{{"role", "media"}}`).
  std::string text(const Labels& labels = {}) const;

 private:
  friend class Metric;
  struct Series {
    std::vector<Metric*> members;
    std::vector<std::uint64_t> retired;  ///< What members that are gone had counted.
    bool is_empty() const { return members.empty() && retired.empty(); }
    std::vector<std::uint64_t> sum() const;
  };
  struct Family {
    std::string help;
    std::string type;
    std::vector<double> bounds;
    std::map<std::string, Series> series;  ///< By their labels as printed.
  };
  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

/// Joins what Registry::text() gave in several processes: one HELP and TYPE for each family, equal series of different texts kept
/// apart by the labels they were given.
std::string merge(std::span<const std::string> texts);

/// What all kinds share: registration for as long as the object lives.
class Metric {
 public:
  Metric(const Metric&) = delete;
  Metric& operator=(const Metric&) = delete;

 protected:
  struct Declaration {
    std::string_view type;
    std::string_view name;
    std::string_view help;
    const Labels& labels;
    std::span<const double> bounds = {};
    std::size_t cells = 1;
    bool keeps_total = true;
  };
  Metric(Registry& registry, const Declaration& declaration);
  ~Metric();

  using Cell = std::atomic<std::uint64_t>;
  Cell& cell(std::size_t index) { return lines_[index / Line::size].cells[index % Line::size]; }
  const Cell& cell(std::size_t index) const { return lines_[index / Line::size].cells[index % Line::size]; }

 private:
  friend class Registry;
  /// Cells of different metrics never share a cache line, so shards do not slow each other down.
  struct alignas(64) Line {
    static constexpr std::size_t size = 8;
    std::array<Cell, size> cells{};
  };
  Registry& registry_;
  const bool keeps_total_;  ///< What it counted outlives it.
  const std::size_t size_;
  std::unique_ptr<Line[]> lines_;
  Registry::Series* series_ = nullptr;
};

/// Only goes up. `metrics::Counter refused_{"carillon_agent_refused_total", "Requests refused by admission", {{"reason",
/// "flood"}}};`
class Counter : Metric {
 public:
  Counter(std::string_view name, std::string_view help, const Labels& labels = {}, Registry& registry = Registry::process());
  void add(std::uint64_t amount = 1) { cell(0).fetch_add(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return cell(0).load(std::memory_order_relaxed); }
};

/// Goes up and down: calls running, bindings held.
class Gauge : Metric {
 public:
  Gauge(std::string_view name, std::string_view help, const Labels& labels = {}, Registry& registry = Registry::process());
  void add(std::int64_t amount = 1) { cell(0).fetch_add(static_cast<std::uint64_t>(amount), std::memory_order_relaxed); }
  void set(std::int64_t value) { cell(0).store(static_cast<std::uint64_t>(value), std::memory_order_relaxed); }
  std::int64_t value() const { return static_cast<std::int64_t>(cell(0).load(std::memory_order_relaxed)); }
};

/// How long things took, in seconds: `_bucket`, `_sum` and `_count` series.
class Histogram : Metric {
 public:
  /// `bounds` ascending, in seconds; +Inf is added.
  Histogram(std::string_view name, std::string_view help, std::span<const double> bounds, const Labels& labels = {},
            Registry& registry = Registry::process());
  void observe(Duration took);
  std::uint64_t count() const;

 private:
  std::vector<Duration> bounds_;
};

}  // namespace carillon::metrics
