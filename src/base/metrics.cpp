// SPDX-License-Identifier: GPL-3.0-or-later
// Adding up what the members of a series counted and printing it as Prometheus reads it.
#include "base/metrics.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace carillon::metrics {
namespace {

bool is_name(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos && (text.front() < '0' || text.front() > '9');
}

std::string escape(std::string_view text, bool is_label) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
    } else {
      if (c == '\\' || (is_label && c == '"')) escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

/// `a="1",b="2"`, sorted by name.
std::string print(Labels labels) {
  std::ranges::sort(labels);
  std::string text;
  for (const auto& [name, value] : labels) {
    CARILLON_ASSERT(is_name(name));
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escape(value, true));
  }
  return text;
}

std::string join(std::string_view first, std::string_view second) {
  return fmt::format("{}{}{}", first, first.empty() || second.empty() ? "" : ",", second);
}

void put(std::string& into, std::string_view name, std::string_view labels, std::string_view value) {
  into += labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value);
}

/// Cells of a histogram: one for each bound, one beyond the last, then the sum in microseconds.
void put_histogram(std::string& into, const std::string& name, std::string_view labels, std::span<const double> bounds,
                   std::span<const std::uint64_t> cells) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    count += cells[i];
    const std::string bound = i < bounds.size() ? fmt::format("le=\"{}\"", bounds[i]) : "le=\"+Inf\"";
    put(into, name + "_bucket", join(labels, bound), fmt::to_string(count));
  }
  put(into, name + "_sum", labels, fmt::format("{:.6f}", static_cast<double>(cells.back()) / 1e6));
  put(into, name + "_count", labels, fmt::to_string(count));
}

}  // namespace

Registry& Registry::process() {
  static Registry registry;
  return registry;
}

std::string Registry::text(const Labels& labels) const {
  const std::string common = print(labels);
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, family] : families_) {
    if (std::ranges::all_of(family.series, [](const auto& entry) { return entry.second.is_empty(); })) continue;
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escape(family.help, false), name, family.type);
    for (const auto& [own, series] : family.series) {
      if (series.is_empty()) continue;
      const std::vector<std::uint64_t> sum = series.sum();
      const std::string all = join(own, common);
      if (family.type == "histogram") {
        put_histogram(text, name, all, family.bounds, sum);
      } else if (family.type == "gauge") {
        put(text, name, all, fmt::to_string(static_cast<std::int64_t>(sum.front())));
      } else {
        put(text, name, all, fmt::to_string(sum.front()));
      }
    }
  }
  return text;
}

std::vector<std::uint64_t> Registry::Series::sum() const {
  std::vector<std::uint64_t> total = retired;
  for (const Metric* member : members) {
    total.resize(std::max(total.size(), member->size_));
    for (std::size_t i = 0; i < member->size_; ++i) total[i] += member->cell(i).load(std::memory_order_relaxed);
  }
  return total;
}

std::string merge(std::span<const std::string> texts) {
  struct Family {
    std::string head;
    std::string series;
  };
  std::map<std::string, Family, std::less<>> families;
  for (const std::string& text : texts) {
    Family* family = nullptr;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end);
      const bool is_help = line.starts_with("# HELP ");
      if (is_help || line.starts_with("# TYPE ")) {
        const std::string_view tail = line.substr(7);
        family = &families[std::string(tail.substr(0, tail.find(' ')))];
        // HELP comes first, so a head that has its TYPE already is another text's.
        if (family->head.empty() || !family->head.contains("# TYPE ")) family->head += line;
      } else if (family != nullptr) {
        family->series += line;
      }
    }
  }
  std::string merged;
  for (const auto& [name, family] : families) merged += family.head + family.series;
  return merged;
}

Metric::Metric(Registry& registry, const Declaration& declaration)
    : registry_(registry),
      keeps_total_(declaration.keeps_total),
      size_(declaration.cells),
      lines_(std::make_unique<Line[]>((declaration.cells + Line::size - 1) / Line::size)) {
  CARILLON_ASSERT(is_name(declaration.name));
  const std::lock_guard lock(registry_.mutex_);
  Registry::Family& family = registry_.families_[std::string(declaration.name)];
  if (family.type.empty()) {
    family.help = declaration.help;
    family.type = declaration.type;
    family.bounds.assign(declaration.bounds.begin(), declaration.bounds.end());
  }
  CARILLON_ASSERT(family.type == declaration.type && std::ranges::equal(family.bounds, declaration.bounds));
  series_ = &family.series[print(declaration.labels)];
  series_->members.push_back(this);
}

Metric::~Metric() {
  const std::lock_guard lock(registry_.mutex_);
  if (keeps_total_) {
    series_->retired.resize(size_);
    for (std::size_t i = 0; i < size_; ++i) series_->retired[i] += cell(i).load(std::memory_order_relaxed);
  }
  std::erase(series_->members, this);
}

Counter::Counter(std::string_view name, std::string_view help, const Labels& labels, Registry& registry)
    : Metric(registry, {.type = "counter", .name = name, .help = help, .labels = labels}) {}

Gauge::Gauge(std::string_view name, std::string_view help, const Labels& labels, Registry& registry)
    : Metric(registry, {.type = "gauge", .name = name, .help = help, .labels = labels, .keeps_total = false}) {}

Histogram::Histogram(std::string_view name, std::string_view help, std::span<const double> bounds, const Labels& labels,
                     Registry& registry)
    : Metric(registry,
             {.type = "histogram", .name = name, .help = help, .labels = labels, .bounds = bounds, .cells = bounds.size() + 2}) {
  CARILLON_ASSERT(std::ranges::is_sorted(bounds));
  for (const double bound : bounds) bounds_.push_back(Duration(static_cast<std::int64_t>(bound * 1e6)));
}

void Histogram::observe(Duration took) {
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds_, took) - bounds_.begin());
  cell(bucket).fetch_add(1, std::memory_order_relaxed);
  cell(bounds_.size() + 1)
      .fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)), std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) count += cell(i).load(std::memory_order_relaxed);
  return count;
}

}  // namespace carillon::metrics
