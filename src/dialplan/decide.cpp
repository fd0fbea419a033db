// SPDX-License-Identifier: GPL-3.0-or-later
// The hard order of a dialled number: extension, friend pattern, service code, external number.
#include "dialplan/decide.hpp"

#include <array>

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

/// Fills in a decision step by step; each step leaves its reason.
class Deciding {
 public:
  Deciding(const directory::Customer& customer, const Facts& facts) : customer_(customer), facts_(facts) {}

  Decision run() {
    say_caller();
    if (!take_number()) return std::move(decision_);
    if (take_extension()) return std::move(decision_);
    say(Step::friend_pattern, "none in this version");
    if (decision_.number.front() == '*')
      refuse(Step::service_code, Refusal::not_in_this_version);
    else if (looks_external())
      refuse(Step::external, Refusal::not_in_this_version);
    else
      refuse(Step::external, Refusal::unknown_number);
    return std::move(decision_);
  }

 private:
  void say(Step step, std::string text) { decision_.reasons.push_back({step, std::move(text)}); }
  void refuse(Step step, Refusal refusal) {
    decision_.answer = refusal;
    say(step, std::string(text_of(refusal)));
  }

  void say_caller() {
    const directory::Terminal* terminal = customer_.find_terminal(facts_.terminal);
    if (terminal == nullptr) return say(Step::caller, fmt::format("not a telephone of {}", customer_.name()));
    say(Step::caller, fmt::format("{} of {}, telephone of {}", terminal->name, customer_.name(), name_of_user(terminal->user)));
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
    const directory::Target& target = decision_.extension->target;
    decision_.answer = target;
    say(Step::extension,
        fmt::format("{} leads to {} {}", decision_.number, model::text_of(target.kind), name_of_user(target.user)));
    if (target.user != nullptr && target.user->terminal == nullptr) say(Step::target, "has no telephone");
    return true;
  }

  /// Anything that could be a number outside: with + or longer than an internal one would be mistyped.
  bool looks_external() const { return decision_.number.front() == '+' || decision_.number.size() >= shortest_external; }

  static constexpr std::size_t shortest_external = 7;
  const directory::Customer& customer_;
  const Facts& facts_;
  Decision decision_;
};

}  // namespace

std::string_view text_of(Refusal refusal) {
  static constexpr std::array<std::string_view, 5> texts = {"the customer does not exist", "nothing was dialled",
                                                            "neither a number nor a code", "nobody has this number",
                                                            "not in this version"};
  return texts[static_cast<std::size_t>(refusal)];
}

int sip_status(Refusal refusal) {
  constexpr int address_incomplete = 484;  // RFC 3261 §21.4.22
  constexpr int not_found = 404;
  return refusal == Refusal::empty_number ? address_incomplete : not_found;
}

std::string_view text_of(Step step) {
  static constexpr std::array<std::string_view, 7> texts = {"caller",       "number",   "extension", "friend pattern",
                                                            "service code", "external", "target"};
  return texts[static_cast<std::size_t>(step)];
}

std::optional<std::string> normalise_number(std::string_view dialled) {
  if (dialled.size() > longest_number) return std::nullopt;
  std::string number;
  for (const char c : dialled) {
    // RFC 3966 §5.1.1: visual separators mean nothing.
    if (c == '-' || c == '.' || c == '(' || c == ')' || c == ' ') continue;
    const bool is_sign = (c == '+' && number.empty()) || c == '*' || c == '#';
    if (!is_digit(c) && !is_sign) return std::nullopt;
    number.push_back(c);
  }
  return number;
}

Decision decide(const directory::Snapshot& snapshot, const Facts& facts) {
  if (const directory::Customer* customer = snapshot.find_customer(facts.customer)) return Deciding(*customer, facts).run();
  Decision refused;
  refused.answer = Refusal::unknown_customer;
  refused.reasons.push_back({Step::caller, std::string(text_of(Refusal::unknown_customer))});
  return refused;
}

std::string explain(const Decision& decision) {
  std::string log;
  for (const Reason& reason : decision.reasons) {
    const std::string line = fmt::format("{}: {}\n", text_of(reason.step), reason.text);
    if (log.size() + line.size() > longest_log) break;
    log += line;
  }
  return log;
}

}  // namespace carillon::dialplan
