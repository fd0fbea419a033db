// SPDX-License-Identifier: GPL-3.0-or-later
#include "flows/operator.hpp"

#include "flows/platform.hpp"
#include "roles/signalling/call_commands.hpp"

namespace carillon::flows {

namespace {

std::string text_of(const roles::CallAnswer& answer) {
  if (!answer) return "notFound";
  std::string text(model::text_of(answer->outcome));
  if (answer->sip_code != 0) text += fmt::format(" {}", answer->sip_code);
  return text;
}

}  // namespace

CallId Operator::oldest_call() const {
  const call::Call* oldest = nullptr;
  platform_.shard->for_each_call([&](call::Call& call) {
    if (!call.is_over() && (oldest == nullptr || call.started_at() < oldest->started_at())) oldest = &call;
  });
  return oldest == nullptr ? CallId{} : oldest->id();
}

bool Operator::wish(const std::vector<std::string>& words) {
  using Verb = call::Command::Verb;
  const bool is_transfer = words[1] == "transfers" && words.size() == 5;
  if (!is_transfer && words.size() != 3) return false;
  control::CallWish wish;
  wish.call = oldest_call();
  wish.user = user_;
  wish.leg = words[2] == "caller"   ? control::CallSide::caller
             : words[2] == "callee" ? control::CallSide::callee
                                    : control::CallSide::unsaid;
  if (is_transfer) wish.to = words[4];
  const Verb verb = is_transfer ? Verb::transfer : words[1] == "holds" ? Verb::hold : Verb::resume;
  told.clear();
  roles::command_call(*platform_.shard, verb, wish, [this](const roles::CallAnswer& answer) { told = text_of(answer); });
  return true;
}

void Operator::originate(const std::string& number, const std::string& account, bool is_auto_answer) {
  control::CallsOriginate::Params params;
  params.asking = user_;
  params.terminal = platform_.shard->snapshot()->first_customer()->find_terminal(account)->id;
  params.to = number;
  params.auto_answer = is_auto_answer;
  told = text_of(roles::originate_call(*platform_.shard, params));
}

bool Operator::act(const std::vector<std::string>& words) {
  const std::string verb = words.size() < 3 ? "" : words[1];
  if (verb == "acts") {
    user_ = platform_.shard->snapshot()->first_customer()->find_terminal(words.back())->user->id;
    return true;
  }
  if (verb == "hangs") {
    control::CallsHangup::Params params;
    params.call = oldest_call();
    params.user = user_;
    told = roles::hang_up_call(*platform_.shard, params) ? "done" : "notFound";
    return true;
  }
  if (verb == "calls" && words.size() >= 5) {
    originate(words[2], words[4], words.back() == "itself");
    return true;
  }
  return (verb == "holds" || verb == "resumes" || verb == "transfers") && wish(words);
}

}  // namespace carillon::flows
