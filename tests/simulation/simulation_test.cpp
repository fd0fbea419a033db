// SPDX-License-Identifier: GPL-3.0-or-later
// Runs seeds, each in a process of its own, as many at once as there are cores. Without arguments: 1,000 seeds as
// ten tests (under a sanitizer 100).
// --seeds N runs seeds 1 to N (--from M: from M on), --seed N one of them with its ladder (CARILLON_LOG=1: and the log).
#include <gtest/gtest.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <numeric>
#include <sstream>
#include <thread>

#include "base/log.hpp"
#include "simulation/scenario.hpp"

namespace carillon::simulation {
namespace {

#if __has_feature(address_sanitizer)
constexpr std::uint64_t seeds_of_a_test_run = 100;  // Several times slower.
#else
constexpr std::uint64_t seeds_of_a_test_run = 1000;
#endif

std::shared_ptr<const directory::Snapshot> snapshot;

/// What the process of one seed said: its lines, and whether it ended as it should.
struct Verdict {
  std::uint64_t seed = 0;
  std::string said;
  bool is_well = false;
};

struct Totals {
  double simulated_seconds = 0;
  std::uint64_t messages = 0, calls = 0, answered = 0, deaths = 0;
  std::map<std::string, int> died_at;
};

/// In the child: runs the seed and writes what came of it.
[[noreturn]] void run_and_tell(std::uint64_t seed, int to) {
  const Outcome outcome = run(seed, snapshot, {});
  std::string said = fmt::format("{} {} {} {} {} {}", outcome.digest, outcome.simulated_seconds, outcome.messages, outcome.calls,
                                 outcome.answered, outcome.deaths);
  for (const std::string& point : outcome.died_at) said += ' ' + point;
  said += '\n';
  for (const std::string& fault : outcome.faults) said += fault + '\n';
  for (std::string_view rest = said; !rest.empty();) {
    const ssize_t written = ::write(to, rest.data(), rest.size());
    if (written <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  ::_exit(outcome.faults.empty() ? 0 : 1);
}

class Child {
 public:
  explicit Child(std::uint64_t seed) {
    verdict_.seed = seed;
    int ends[2];
    if (::pipe(ends) != 0) ::abort();
    process_ = ::fork();
    if (process_ == 0) run_and_tell(seed, ends[1]);
    ::close(ends[1]);
    from_ = ends[0];
  }
  Verdict wait() {
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(from_, buffer, sizeof(buffer))) > 0;)
      verdict_.said.append(buffer, static_cast<std::size_t>(got));
    ::close(from_);
    int status = 0;
    ::waitpid(process_, &status, 0);
    verdict_.is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (WIFSIGNALED(status)) verdict_.said += fmt::format("killed by signal {}\n", WTERMSIG(status));
    return std::move(verdict_);
  }

 private:
  Verdict verdict_;
  pid_t process_ = 0;
  int from_ = -1;
};

void count(Totals& totals, const Verdict& verdict) {
  std::istringstream line(verdict.said.substr(0, verdict.said.find('\n')));
  double seconds = 0;
  std::uint64_t digest = 0, messages = 0, calls = 0, answered = 0, deaths = 0;
  line >> digest >> seconds >> messages >> calls >> answered >> deaths;
  totals.simulated_seconds += seconds;
  totals.messages += messages;
  totals.calls += calls;
  totals.answered += answered;
  totals.deaths += deaths;
  for (std::string point; line >> point;) ++totals.died_at[point];
}

/// Runs seeds `from` to `to`; returns the verdicts of those that broke a promise.
std::vector<Verdict> run_seeds(std::uint64_t from, std::uint64_t to, Totals& totals) {
  std::vector<Verdict> broken;
  std::deque<Child> running;
  const std::size_t at_once = std::max(1U, std::thread::hardware_concurrency());
  const auto take = [&] {
    Verdict verdict = running.front().wait();
    running.pop_front();
    count(totals, verdict);
    if (!verdict.is_well) broken.push_back(std::move(verdict));
  };
  for (std::uint64_t seed = from; seed <= to; ++seed) {
    if (running.size() == at_once) take();
    running.emplace_back(seed);
  }
  while (!running.empty()) take();
  return broken;
}

std::string how_to_repeat(const Verdict& verdict) {
  const std::string said = verdict.said.substr(std::min(verdict.said.size(), verdict.said.find('\n') + 1));
  return fmt::format("seed {}:\n{}  its ladder: ./dev simulate --seed {}\n", verdict.seed, said, verdict.seed);
}

class Seeds final : public ::testing::Test {
 public:
  Seeds(std::uint64_t from, std::uint64_t to) : from_(from), to_(to) {}
  void TestBody() override {
    Totals totals;
    for (const Verdict& verdict : run_seeds(from_, to_, totals)) ADD_FAILURE() << how_to_repeat(verdict);
  }

 private:
  std::uint64_t from_, to_;
};

int run_many(std::uint64_t from, std::uint64_t to) {
  constexpr std::uint64_t step = 250;
  Totals totals;
  std::size_t broken = 0;
  const Monotonic began = system_monotonic_time();
  for (std::uint64_t first = from; first <= to; first += step) {
    const std::uint64_t last = std::min(to, first + step - 1);
    for (const Verdict& verdict : run_seeds(first, last, totals)) {
      ++broken;
      fmt::print("{}", how_to_repeat(verdict));
    }
    const double took = std::chrono::duration<double>(system_monotonic_time() - began).count();
    fmt::print(
        "seeds {} to {}: {} broken; {:.1f} h simulated in {:.0f} s ({:.0f} times real time), {} messages, {} calls, {} answered, "
        "{} deaths, "
        "{} of them at {} marked points\n",
        from, last, broken, totals.simulated_seconds / 3600, took, totals.simulated_seconds / took, totals.messages, totals.calls,
        totals.answered, totals.deaths,
        std::accumulate(totals.died_at.begin(), totals.died_at.end(), 0,
                        [](int sum, const auto& each) { return sum + each.second; }),
        totals.died_at.size());
    (void)std::fflush(stdout);
  }
  return broken == 0 ? 0 : 1;
}

int run_one(std::uint64_t seed) {
  (void)std::setvbuf(stdout, nullptr, _IOLBF, 0);  // Beside the log.
  const Outcome outcome = run(seed, snapshot, [](std::string_view line) { fmt::print("{}\n", line); });
  fmt::print("seed {}: {:.0f} s, {} messages, {} calls, {} answered, {} deaths, digest {:016x}\n", seed,
             outcome.simulated_seconds, outcome.messages, outcome.calls, outcome.answered, outcome.deaths, outcome.digest);
  for (const std::string& fault : outcome.faults) fmt::print("BROKEN {}\n", fault);
  return outcome.faults.empty() ? 0 : 1;
}

}  // namespace
}  // namespace carillon::simulation

int main(int argc, char** argv) {
  using namespace carillon::simulation;
  // Where things lie in memory must not decide anything; should it do so after all, it shall do so in every run.
  if ((::personality(0xffffffff) & ADDR_NO_RANDOMIZE) == 0 && ::personality(ADDR_NO_RANDOMIZE) != -1)
    ::execv("/proc/self/exe", argv);
  ::testing::InitGoogleTest(&argc, argv);
  carillon::log::set_level(std::getenv("CARILLON_LOG") != nullptr ? carillon::log::Level::debug : carillon::log::Level::off);
  snapshot = companies();
  std::uint64_t from = 1, to = 0, one = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view argument = argv[i];
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (argument == "--seed") one = value;
    if (argument == "--seeds") to = value;
    if (argument == "--from") from = value;
  }
  if (one != 0) return run_one(one);
  if (to != 0) return run_many(from, from + to - 1);
  constexpr std::uint64_t seeds = seeds_of_a_test_run, tests = 10;
  for (std::uint64_t test = 0; test < tests; ++test) {
    const std::uint64_t first = test * seeds / tests + 1, last = (test + 1) * seeds / tests;
    ::testing::RegisterTest("Simulation", fmt::format("seeds_{}_to_{}", first, last).c_str(), nullptr, nullptr, __FILE__,
                            __LINE__, [=]() -> ::testing::Test* { return new Seeds(first, last); });
  }
  return RUN_ALL_TESTS();
}
