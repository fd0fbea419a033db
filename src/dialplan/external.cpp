// SPDX-License-Identifier: GPL-3.0-or-later
// In this order: prefix, tag, number, lock, ACL, own number, numbers of the platform, routes, and whether there is a price.
#include "dialplan/external.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "dialplan/transformation.hpp"
#include "model/routing_tag.hpp"
#include "model/validate.hpp"

namespace carillon::dialplan {

namespace {

using model::TransformationDirection;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// What people in most countries dial, for a customer that has no transformations: 00 or + before a country, else a number of
/// the own one.
std::string read_plainly(const directory::Customer& customer, std::string_view dialled) {
  constexpr std::size_t shortest_national = 5;
  if (dialled.starts_with("00")) return to_e164(dialled.substr(2));
  if (is_digits(dialled) && dialled.size() >= shortest_national && !dialled.starts_with('0'))
    return to_e164(customer.country_code() + std::string(dialled));
  return std::string(dialled);
}

bool is_e164(std::string_view number) {
  return model::has_form(number, model::Form::e164);
}

bool is_pbx(const Caller& caller) {
  return caller.terminal != nullptr && caller.terminal->is_pbx();
}

/// The number of who says none, and who says so.
const directory::Ddi* fallback_ddi(const Caller& caller) {
  const directory::Line* line = caller.line();
  if (caller.user != nullptr && caller.user->outgoing_ddi != nullptr) return caller.user->outgoing_ddi;
  if (caller.user == nullptr && line != nullptr && line->outgoing_ddi != nullptr) return line->outgoing_ddi;
  return caller.customer.outgoing_ddi();
}

/// Whether the caller may call with a number of its customer's: it leads to it, or is the one that it has anyway. Behind a PBX of
/// a company are all of the company's.
bool is_callers(const Caller& caller, const directory::Ddi& ddi) {
  if (is_pbx(caller) && caller.customer.kind() == model::CustomerKind::vpbx) return true;
  const bool is_terminals = ddi.target.terminal != nullptr && ddi.target.terminal == caller.terminal;
  const bool is_users = ddi.target.user != nullptr && ddi.target.user == caller.user;
  return is_terminals || is_users || &ddi == fallback_ddi(caller);
}

/// As a terminal writes its own numbers and those of others that call.
std::string read_caller_of(const directory::Snapshot& snapshot, const Caller& caller, std::string_view said) {
  const directory::TransformationSet* set = find_transformation(snapshot, caller.customer, caller.line());
  return set == nullptr ? read_plainly(caller.customer, said) : to_e164(transform(set, TransformationDirection::caller_in, said));
}

/// Whether the caller may call with that number, in E.164 with +.
bool may_show(const Caller& caller, const std::string& number) {
  const directory::Ddi* own = caller.customer.find_ddi(number);
  if (own != nullptr && is_callers(caller, *own)) return true;
  const directory::Line* line = caller.line();
  return line != nullptr && line->allowed_numbers != nullptr && line->allowed_numbers->matches(number);
}

class DecidingExternal {
 public:
  DecidingExternal(const directory::Snapshot& snapshot, const Caller& caller, std::vector<Reason>& reasons)
      : snapshot_(snapshot), caller_(caller), reasons_(reasons), brand_(snapshot.find_brand(caller.customer.brand())) {}

  ExternalDecision run(std::string_view dialled) {
    auto answer = decide(dialled);
    return {is_e164(number_) ? std::move(number_) : std::string(), std::move(answer)};
  }

  External run_emergency(std::string_view number) {
    number_ = number;
    take_claimed();
    if (cli_.number.empty()) take_ddi(fallback_ddi(caller_));
    if (cli_.number.empty() && !caller_.customer.ddis().empty()) take_ddi(&caller_.customer.ddis().front());
    External external{.number = number_, .cli = cli_, .is_emergency = true, .routes = {}};
    say(Step::emergency, fmt::format("{} is answered by helpers: nothing keeps this call", number));
    collect(external.routes, true);
    if (brand_ == nullptr) return external;
    for (const auto& carrier : brand_->routing->carriers())
      if (carrier->is_active) external.carriers.push_back(carrier.get());
    return external;
  }

 private:
  using Answer = std::variant<External, OnNet, Refusal>;

  Answer decide(std::string_view dialled) {
    const std::string& prefix = caller_.customer.outbound_prefix();
    if (!prefix.empty() && !dialled.starts_with('+') && !is_pbx(caller_)) {
      if (!dialled.starts_with(prefix)) return refuse(Step::external, Refusal::no_prefix);
      dialled.remove_prefix(prefix.size());
    }
    const std::string_view tag = model::leading_tag(dialled);
    number_ = read_dialled(snapshot_, caller_, dialled.substr(tag.size()));
    if (!is_e164(number_)) return refuse(Step::external, Refusal::unknown_number);
    say(Step::external, number_ == dialled ? number_ : fmt::format("{}, dialled as {}", number_, dialled));
    if (!take_tag(tag)) return refuse(Step::tag, Refusal::no_tag);
    if (is_locked()) return refuse(Step::lock, Refusal::locked);
    if (is_denied() || !is_allowed()) return Refusal::denied;
    if (const auto refusal = choose_cli()) return refuse(Step::ddi, *refusal);
    if (const auto own = snapshot_.find_ddi(number_); own.customer != nullptr) {
      say(Step::on_net, fmt::format("{} is a number of this platform", number_));
      return reach(*own.customer);
    }
    External external{.number = number_, .cli = cli_, .is_emergency = false, .routes = {}};
    if (const auto refusal = find_routes(external)) return *refusal;
    return external;
  }

  /// Calls to other customers of the platform cost as others do (ADR 24), those to numbers of one's own nothing.
  Answer reach(const directory::Customer& customer) {
    OnNet on_net{.number = number_, .cli = cli_, .customer = &customer};
    if (customer.id() == caller_.customer.id() || !caller_.customer.is_billed()) return on_net;
    on_net.price = find_price();
    if (!on_net.price) return refuse(Step::price, Refusal::no_price);
    return on_net;
  }

  void say(Step step, std::string text) { reasons_.push_back({step, std::move(text)}); }
  Refusal refuse(Step step, Refusal refusal) {
    say(step, std::string(text_of(refusal)));
    return refusal;
  }

  /// False when the customer has no such tag.
  bool take_tag(std::string_view tag) {
    if (tag.empty()) return true;
    if (brand_ != nullptr) tag_ = brand_->routing->find_tag(caller_.customer.id(), tag);
    if (!tag_) return false;
    say(Step::tag, std::string(tag));
    return true;
  }

  bool is_locked() const {
    const auto keeps = [](model::Lock lock) { return lock != model::Lock::none; };
    return keeps(caller_.customer.lock()) || (caller_.user != nullptr && keeps(caller_.user->lock));
  }

  /// What the brand denies a customer nobody of it may allow.
  bool is_denied() {
    const Id<model::MatchList> id = caller_.customer.denied_numbers();
    const directory::MatchList* list = !id || brand_ == nullptr ? nullptr : brand_->routing->find_list(id);
    if (list == nullptr || !list->matches(number_)) return false;
    say(Step::acl, fmt::format("{} are denied to {}", list->name(), caller_.customer.name()));
    return true;
  }

  bool is_allowed() {
    const directory::CallAcl* acl = caller_.user != nullptr ? caller_.user->call_acl : nullptr;
    if (caller_.user == nullptr && caller_.line() != nullptr) acl = caller_.line()->call_acl;
    if (acl == nullptr) return true;
    const auto fits = [this](const directory::CallAcl::Rule& rule) { return rule.list->matches(number_); };
    const auto rule = std::ranges::find_if(acl->rules, fits);
    const model::AclPolicy policy = rule == acl->rules.end() ? acl->policy : rule->policy;
    const std::string_view word = policy == model::AclPolicy::allow ? "allows" : "denies";
    say(Step::acl, rule == acl->rules.end() ? fmt::format("{} {} what no rule is about", acl->name, word)
                                            : fmt::format("{} {} {}", acl->name, word, rule->list->name()));
    return policy == model::AclPolicy::allow;
  }

  void take_ddi(const directory::Ddi* ddi) {
    cli_.ddi = ddi;
    cli_.number = ddi == nullptr ? std::string() : ddi->number;
    cli_.asserted.clear();
  }

  /// A number that the caller may call with, its own or another's.
  void take_number(std::string_view number) {
    cli_.ddi = caller_.customer.find_ddi(number);
    cli_.number = number;
  }

  /// Whether the caller sends on a call of somebody else, whose number it may show then.
  bool forwards_caller() const {
    return !caller_.redirecting.empty() && caller_.line() != nullptr && caller_.line()->forwards_caller;
  }

  /// The number that the caller's device says it calls with, if it may. False: it says one that is not its.
  bool take_claimed() {
    if (caller_.claimed.empty() || caller_.terminal == nullptr) return true;
    const std::string number = read_caller_of(snapshot_, caller_, caller_.claimed);
    if (!is_e164(number)) return true;  // Its account, or an extension behind it: no number of the world.
    if (may_show(caller_, number)) {
      take_number(number);
    } else if (forwards_caller()) {
      cli_.number = number;
      cli_.asserted = caller_.redirecting;
    }
    return !cli_.number.empty() || caller_.claimed == caller_.terminal->name;  // That is its account, whatever it looks like.
  }

  /// The number of who says none that it may, and whose that is.
  std::string_view take_fallback() {
    if (!caller_.redirecting.empty()) {
      take_number(caller_.redirecting);
      return "from which the call was sent on";
    }
    take_ddi(fallback_ddi(caller_));
    return cli_.ddi == caller_.customer.outgoing_ddi() ? "the customer's" : "the caller's";
  }

  /// Whoever sends the call on is its own number to the platform, whatever it says.
  void take_redirecting() {
    if (caller_.redirecting.empty()) return;
    const directory::Ddi* own = fallback_ddi(caller_);
    cli_.redirecting = own == nullptr ? std::string(caller_.redirecting) : own->number;
  }

  /// What keeps the call from being made with any number.
  std::optional<Refusal> choose_cli() {
    std::string why = "as its device says";
    if (!take_claimed()) {
      const model::CliPolicy policy = caller_.line() == nullptr ? model::CliPolicy::replace : caller_.line()->cli_policy;
      if (policy == model::CliPolicy::refuse) return Refusal::foreign_number;
      say(Step::ddi, fmt::format("{} is not the caller's", caller_.claimed));
      cli_.is_withheld = policy == model::CliPolicy::withhold;
    }
    if (cli_.number.empty()) why = take_fallback();
    take_rule(why);
    take_redirecting();
    if (cli_.number.empty()) return Refusal::no_ddi;
    say(Step::ddi, fmt::format("{}, {}", cli_.number, why));
    return std::nullopt;
  }

  /// What the rule for the called number says of it.
  void take_rule(std::string& why) {
    const directory::User* user = caller_.user;
    const directory::OutgoingDdiRule* rule =
        user != nullptr && user->outgoing_ddi_rule != nullptr ? user->outgoing_ddi_rule : caller_.customer.outgoing_ddi_rule();
    if (rule == nullptr) return;
    const auto fits = [this](const directory::OutgoingDdiRule::Entry& entry) { return entry.list->matches(number_); };
    const auto entry = std::ranges::find_if(rule->entries, fits);
    const directory::Ddi* forced = entry == rule->entries.end() ? rule->ddi : entry->ddi;
    if (forced == nullptr) return;
    take_ddi(forced);
    why = entry == rule->entries.end() ? rule->name : fmt::format("{} for {}", rule->name, entry->list->name());
  }

  /// All routes that fit, the most specific pattern's first; those that are about this customer and those about all. Whether one
  /// of them blocks. A call for help goes by any, whatever its tag, and none stops it.
  bool collect(std::vector<const directory::Route*>& routes, bool is_for_help) {
    bool is_blocked = false;
    bool is_stopped = false;
    if (brand_ == nullptr) return false;
    for (const directory::TargetPattern* pattern : brand_->routing->find_patterns(number_)) {
      std::int64_t last = INT64_MAX;  // The priority behind which a stopper lets nothing pass.
      for (const directory::Route& route : brand_->routing->routes_of(*pattern)) {
        if (route.customer && route.customer != caller_.customer.id()) continue;
        if (route.tag != tag_ && !is_for_help) continue;
        if (route.carrier == nullptr) {
          is_blocked = true;
          continue;
        }
        if (is_stopped || route.priority > last || !route.carrier->is_active) continue;
        routes.push_back(&route);
        if (route.is_stopper && !is_for_help) last = std::min(last, route.priority);
      }
      is_stopped = is_stopped || last != INT64_MAX;
    }
    return is_blocked;
  }

  std::optional<directory::FoundPrice> find_price() {
    if (brand_ == nullptr) return std::nullopt;
    auto price = directory::find_price(brand_->plans, caller_.customer.plan_assignments(), number_, caller_.instant);
    if (price) reasons_.push_back({Step::price, describe(*price), true});
    return price;
  }

  static std::string describe(const directory::FoundPrice& price) {
    const auto& [id, name, prefix, cost] = price.found;
    return fmt::format("{}, {}, of {}: {} and {} {} a minute, by {} s", name, prefix, price.plan->name(),
                       to_decimal(cost.connection), to_decimal(cost.per_minute), price.plan->currency(),
                       std::chrono::floor<std::chrono::seconds>(cost.period).count());
  }

  /// Without a price only carriers whose calls are rated elsewhere are left, also for when one fails.
  bool pass_price(External& external) {
    if (!caller_.customer.is_billed()) return true;
    external.price = find_price();
    if (external.price) return true;
    std::erase_if(external.routes, [](const directory::Route* route) { return !route->carrier->is_externally_rated; });
    if (!external.routes.empty())
      reasons_.push_back({Step::price, "none: by carriers alone whose calls are rated elsewhere", true});
    return !external.routes.empty();
  }

  std::optional<Refusal> find_routes(External& external) {
    std::vector<const directory::Route*>& routes = external.routes;
    if (collect(routes, false)) return refuse(Step::route, Refusal::blocked);
    if (routes.empty()) return refuse(Step::route, Refusal::no_route);
    if (!pass_price(external)) return refuse(Step::price, Refusal::no_price);
    for (const directory::Route* route : routes)
      reasons_.push_back({Step::route,
                          fmt::format("{} by {}, priority {}, weight {}", route->pattern->name, route->carrier->name,
                                      route->priority, route->weight),
                          true});
    return std::nullopt;
  }

  const directory::Snapshot& snapshot_;
  const Caller& caller_;
  std::vector<Reason>& reasons_;
  const directory::Brand* brand_;
  std::string number_;
  Cli cli_;
  Id<model::RoutingTag> tag_;  ///< With which it was dialled.
};

}  // namespace

const directory::TransformationSet* find_transformation(const directory::Snapshot& snapshot, const directory::Customer& customer,
                                                        const directory::Line* line) {
  const directory::Brand* brand = snapshot.find_brand(customer.brand());
  if (brand == nullptr) return nullptr;
  const bool has_own = line != nullptr && line->transformation_set;
  return brand->routing->find_transformation(has_own ? line->transformation_set : customer.transformation_set()).get();
}

std::string read_own_number(const directory::Snapshot& snapshot, const Caller& caller, std::string_view said) {
  std::string number = read_caller_of(snapshot, caller, said);
  return is_e164(number) && may_show(caller, number) ? number : std::string();
}

std::string read_dialled(const directory::Snapshot& snapshot, const Caller& caller, std::string_view dialled) {
  const directory::TransformationSet* set = find_transformation(snapshot, caller.customer, caller.line());
  if (set == nullptr) return read_plainly(caller.customer, dialled);
  return to_e164(transform(set, TransformationDirection::callee_in, dialled));
}

std::string_view emergency_number(const directory::Customer& customer, std::string_view dialled) {
  const std::string& prefix = customer.outbound_prefix();
  for (const std::size_t skipped : {std::size_t{0}, dialled.starts_with(prefix) ? prefix.size() : 0}) {
    const std::string_view rest = dialled.substr(skipped);
    if (customer.is_emergency(rest)) return rest;
    const std::string_view behind_tag = rest.substr(model::leading_tag(rest).size());
    if (customer.is_emergency(behind_tag)) return behind_tag;
  }
  return {};
}

ExternalDecision decide_external(const directory::Snapshot& snapshot, const Caller& caller, std::string_view dialled,
                                 std::vector<Reason>& reasons) {
  return DecidingExternal(snapshot, caller, reasons).run(dialled);
}

External decide_emergency(const directory::Snapshot& snapshot, const Caller& caller, std::string_view number,
                          std::vector<Reason>& reasons) {
  return DecidingExternal(snapshot, caller, reasons).run_emergency(number);
}

}  // namespace carillon::dialplan
