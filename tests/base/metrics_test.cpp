// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: equal series add up across owners and threads, totals never fall, and the text is what Prometheus reads.
#include "base/metrics.hpp"

#include <thread>

namespace carillon {
namespace {

using metrics::Counter;
using metrics::Gauge;
using metrics::Histogram;
using metrics::Registry;

TEST(Metrics, PrintsFamiliesAndSeriesSorted) {
  Registry registry;
  Gauge calls("carillon_calls", "Calls running", {}, registry);
  Counter ok("carillon_answers_total", "Answers by code", {{"code", "200"}}, registry);
  Counter busy("carillon_answers_total", "Answers by code", {{"code", "486"}}, registry);
  calls.add(3);
  calls.add(-5);
  ok.add();
  busy.add(41);
  EXPECT_EQ(registry.text(),
            "# HELP carillon_answers_total Answers by code\n"
            "# TYPE carillon_answers_total counter\n"
            "carillon_answers_total{code=\"200\"} 1\n"
            "carillon_answers_total{code=\"486\"} 41\n"
            "# HELP carillon_calls Calls running\n"
            "# TYPE carillon_calls gauge\n"
            "carillon_calls -2\n");
}

TEST(Metrics, AddsUpEqualSeriesAndKeepsTotals) {
  Registry registry;
  Counter first("c_total", "C", {{"b", "2"}, {"a", "1"}}, registry);
  Gauge held("g", "G", {}, registry);
  first.add(1);
  {
    Counter second("c_total", "C", {{"a", "1"}, {"b", "2"}}, registry);
    Gauge gone("g", "G", {}, registry);
    second.add(10);
    gone.add(7);
    EXPECT_TRUE(registry.text().contains("c_total{a=\"1\",b=\"2\"} 11\n"));
    EXPECT_TRUE(registry.text().contains("g 7\n"));
  }
  EXPECT_TRUE(registry.text().contains("c_total{a=\"1\",b=\"2\"} 11\n"));
  EXPECT_TRUE(registry.text().contains("g 0\n"));
}

TEST(Metrics, EscapesLabelsAndHelp) {
  Registry registry;
  const Counter counter("c_total", "first\nsecond \\", {{"who", "a\"b\\c\nd"}}, registry);
  EXPECT_EQ(registry.text(), "# HELP c_total first\\nsecond \\\\\n# TYPE c_total counter\nc_total{who=\"a\\\"b\\\\c\\nd\"} 0\n");
}

TEST(Metrics, HistogramsAreCumulative) {
  Registry registry;
  constexpr std::array<double, 2> bounds = {0.01, 0.5};
  Histogram histogram("took_seconds", "How long", bounds, {{"step", "commit"}}, registry);
  for (const Duration took : {Duration(5ms), Duration(10ms), Duration(200ms), Duration(2s)}) histogram.observe(took);
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_EQ(registry.text(),
            "# HELP took_seconds How long\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{step=\"commit\",le=\"0.01\"} 2\n"
            "took_seconds_bucket{step=\"commit\",le=\"0.5\"} 3\n"
            "took_seconds_bucket{step=\"commit\",le=\"+Inf\"} 4\n"
            "took_seconds_sum{step=\"commit\"} 2.215000\n"
            "took_seconds_count{step=\"commit\"} 4\n");
}

TEST(Metrics, MergesTextsOfSeveralProcesses) {
  Registry media;
  Registry web;
  Counter media_messages("messages_total", "Messages", {}, media);
  Counter web_messages("messages_total", "Messages", {{"method", "GET"}}, web);
  const Gauge ports("ports", "Ports in use", {}, media);
  media_messages.add(2);
  web_messages.add(3);
  const std::vector<std::string> texts = {media.text({{"role", "media"}}), "noise without a family\n",
                                          web.text({{"role", "web"}})};
  EXPECT_EQ(metrics::merge(texts),
            "# HELP messages_total Messages\n"
            "# TYPE messages_total counter\n"
            "messages_total{role=\"media\"} 2\n"
            "messages_total{method=\"GET\",role=\"web\"} 3\n"
            "# HELP ports Ports in use\n"
            "# TYPE ports gauge\n"
            "ports{role=\"media\"} 0\n");
}

TEST(Metrics, CountsFromManyThreads) {
  Registry registry;
  Counter shared("shared_total", "Shared", {}, registry);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Counter own("own_total", "Own", {}, registry);
      for (int i = 0; i < 10'000; ++i) {
        shared.add();
        own.add();
      }
      EXPECT_TRUE(registry.text().contains("own_total "));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared.value(), 40'000U);
  EXPECT_TRUE(registry.text().contains("own_total 40000\n"));
}

TEST(MetricsDeathTest, OneNameIsOneKind) {
  Registry registry;
  const Counter counter("c_total", "C", {}, registry);
  EXPECT_DEATH(Gauge("c_total", "C", {}, registry), "assertion failed");
  EXPECT_DEATH(Gauge("no-name", "C", {}, registry), "assertion failed");
}

}  // namespace
}  // namespace carillon
