// SPDX-License-Identifier: GPL-3.0-or-later
// Sound statements with co_await.
#include "sip/uri.hpp"

Task<int> story(Call& call, int ready) {
  Options options{.targets = 1};
  auto [leg, reason] = co_await ring(call, std::move(options));
  if (auto answer = co_await leg.answer(); answer && ready) {
    co_return 1;
  }
  CARILLON_CO_TRY(other, co_await ring(call, words["a"]));
  while (co_await other.next()) {
    auto work = [&leg] { return leg.id() ? 1 : 2; };
    co_await run(std::move(work));
  }
  switch (co_await other.digit()) {
    case 1: co_await leg.play("a?b{c}"); break;
    default: break;
  }
  for (int i = 0; i < 3; ++i) co_await sleep(1);
  co_return Aggregate{1, 2};
}
