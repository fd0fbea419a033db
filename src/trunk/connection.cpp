// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/connection.hpp"

#include <memory>
#include <optional>

namespace carillon::trunk {

namespace {

/// An answer on its way. Lives as long as anybody may give it.
struct Asked {
  explicit Asked(Loop& loop) : changed(loop) {}
  std::optional<Result<net::Flow>> answer;
  Signal changed;
};

Task<> next_answer(std::shared_ptr<Asked> asked) {
  co_await asked->changed.wait();
}

}  // namespace

Task<Result<net::Flow>> open_connection(agent::Agent& agent, agent::Way way) {
  auto asked = std::make_shared<Asked>(agent.loop());
  agent.connect(way, [asked](Result<net::Flow> answer) {
    asked->answer = std::move(answer);
    asked->changed.set();
  });
  co_await with_deadline(agent.loop(), connection_patience, next_answer(asked));
  if (!asked->answer) co_return failure(net::Fault::unreachable, "no connection in time");
  co_return *asked->answer;
}

}  // namespace carillon::trunk
