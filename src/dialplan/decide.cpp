// SPDX-License-Identifier: GPL-3.0-or-later
// The hard order of a dialled number: extension, friend pattern, service code, external number.
#include "dialplan/decide.hpp"

#include "dialplan/help.hpp"

namespace carillon::dialplan {
namespace {

constexpr std::size_t longest_number = 64;
constexpr std::size_t longest_log = 4096;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string name_of_user(const directory::User* user) {
  return user == nullptr ? "nobody" : std::string(user->display_name);
}

std::string name_of(const directory::Target& target) {
  return target.terminal == nullptr ? name_of_user(target.user) : std::string(target.terminal->name);
}

/// Fills in a decision step by step; each step leaves its reason.
class Deciding {
 public:
  Deciding(const directory::Snapshot& snapshot, const directory::Customer& customer, const Facts& facts)
      : snapshot_(snapshot), customer_(customer), facts_(facts), terminal_(customer.find_terminal(facts.terminal)) {}

  Decision run() {
    say_caller();
    if (take_emergency() || !take_number() || take_extension() || take_pbx()) return std::move(decision_);
    if (decision_.number.front() == '*')
      refuse(Step::service_code, Refusal::no_such_code);
    else
      take_external();
    return std::move(decision_);
  }

 private:
  void say(Step step, std::string text) { decision_.reasons.push_back({step, std::move(text)}); }
  void refuse(Step step, Refusal refusal) {
    decision_.answer = refusal;
    say(step, std::string(text_of(refusal)));
  }

  void say_caller() {
    if (terminal_ == nullptr) return say(Step::caller, fmt::format("not a telephone of {}", customer_.name()));
    if (terminal_->is_pbx()) return say(Step::caller, fmt::format("{}, a PBX of {}", terminal_->name, customer_.name()));
    say(Step::caller, fmt::format("{} of {}, telephone of {}", terminal_->name, customer_.name(), name_of_user(terminal_->user)));
  }

  bool take_number() {
    auto number = normalise_number(facts_.dialled);
    if (number && !number->empty()) {
      decision_.number = std::move(*number);
      say(Step::number, decision_.number == facts_.dialled ? decision_.number
                                                           : fmt::format("{}, dialled as {}", decision_.number, facts_.dialled));
      return true;
    }
    refuse(Step::number, number ? Refusal::empty_number : Refusal::malformed_number);
    return false;
  }

  bool take_extension() {
    decision_.extension = customer_.find_extension(decision_.number);
    if (decision_.extension == nullptr) {
      say(Step::extension, fmt::format("{} is none", decision_.number));
      return false;
    }
    lead_to(decision_.extension->target, Step::extension);
    return true;
  }

  /// Inside, as an extension is: no list keeps it, and it costs nothing.
  bool take_pbx() {
    const directory::Terminal* pbx =
        customer_.find_pbx(decision_.number, read_dialled(snapshot_, caller(), decision_.number), terminal_);
    if (pbx == nullptr) return false;
    lead_to({.kind = model::TargetKind::terminal, .id = {pbx->id.value}, .terminal = pbx}, Step::friend_pattern);
    return true;
  }

  void lead_to(const directory::Target& target, Step step) {
    if (is_locked()) return refuse(Step::lock, Refusal::locked);
    decision_.answer = target;
    say(step, fmt::format("{} leads to {} {}", decision_.number, model::text_of(target.kind), name_of(target)));
    if (target.user != nullptr && target.user->terminal == nullptr) say(Step::target, "has no telephone");
  }

  Caller caller() const {
    return {customer_,         terminal_ == nullptr ? nullptr : terminal_->user, terminal_, facts_.claimed, facts_.instant,
            facts_.redirecting};
  }

  /// Calls inside are kept by what keeps all calls.
  bool is_locked() const {
    const auto keeps = [](model::Lock lock) { return lock > model::Lock::foreign; };
    return keeps(customer_.lock()) || (terminal_ != nullptr && terminal_->user != nullptr && keeps(terminal_->user->lock));
  }

  bool take_emergency() {
    const std::string number = help_number(customer_, facts_.dialled);
    if (number.empty()) return false;
    if (number != facts_.dialled) say(Step::number, fmt::format("{}, dialled as {}", number, facts_.dialled));
    External external = decide_emergency(snapshot_, caller(), number, decision_.reasons);
    decision_.number = external.number;
    decision_.is_external = true;
    decision_.answer = std::move(external);
    return true;
  }

  void take_external() {
    ExternalDecision decided = decide_external(snapshot_, caller(), decision_.number, decision_.reasons);
    decision_.is_external = !decided.number.empty();
    if (decision_.is_external) decision_.number = std::move(decided.number);
    std::visit([this](auto& each) { decision_.answer = std::move(each); }, decided.answer);
  }

  const directory::Snapshot& snapshot_;
  const directory::Customer& customer_;
  const Facts& facts_;
  const directory::Terminal* terminal_;
  Decision decision_;
};

}  // namespace

std::optional<std::string> normalise_number(std::string_view dialled) {
  if (dialled.size() > longest_number) return std::nullopt;
  std::string number;
  for (const char c : dialled) {
    // RFC 3966 §5.1.1: visual separators mean nothing.
    if (c == '-' || c == '.' || c == '(' || c == ')' || c == ' ') continue;
    const bool is_first = number.empty() || number.back() == '#';  // Or stands behind a routing tag.
    const bool is_sign = (c == '+' && is_first) || c == '*' || c == '#';
    if (!is_digit(c) && !is_sign) return std::nullopt;
    number.push_back(c);
  }
  return number;
}

Decision decide(const directory::Snapshot& snapshot, const Facts& facts) {
  if (const directory::Customer* customer = snapshot.find_customer(facts.customer))
    return Deciding(snapshot, *customer, facts).run();
  Decision refused;
  refused.answer = Refusal::unknown_customer;
  refused.reasons.push_back({Step::caller, std::string(text_of(Refusal::unknown_customer))});
  return refused;
}

Decision decide_inbound(const directory::Customer& customer, const directory::Ddi& ddi) {
  Decision decision;
  decision.number = ddi.number;
  decision.reasons.push_back({Step::ddi, fmt::format("{} of {}", ddi.number, customer.name())});
  const directory::User* user = ddi.target.user;
  const auto keeps = [](model::Lock lock) { return lock == model::Lock::all || lock == model::Lock::global; };
  if (keeps(customer.lock()) || (user != nullptr && keeps(user->lock))) {
    decision.answer = Refusal::locked;
    decision.reasons.push_back({Step::lock, std::string(text_of(Refusal::locked))});
  } else if (ddi.target.id) {
    decision.answer = ddi.target;
    decision.reasons.push_back({Step::target, fmt::format("{} {}", model::text_of(ddi.target.kind), name_of(ddi.target))});
  } else {
    decision.answer = Refusal::unknown_number;
    decision.reasons.push_back({Step::target, "leads nowhere"});
  }
  return decision;
}

std::string explain(const Decision& decision) {
  return explain(decision.reasons);
}

std::string explain(std::span<const Reason> reasons) {
  std::string log;
  for (const Reason& reason : reasons) {
    const std::string line = fmt::format("{}: {}\n", text_of(reason.step), reason.text);
    if (log.size() + line.size() > longest_log) break;
    log += line;
  }
  return log;
}

}  // namespace carillon::dialplan
