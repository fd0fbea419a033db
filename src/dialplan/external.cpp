// SPDX-License-Identifier: GPL-3.0-or-later
// In this order: prefix, number, lock, ACL, own number, numbers of the platform, routes, and whether there is a price.
#include "dialplan/external.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "dialplan/transformation.hpp"
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
    External external{.number = number_,
                      .ddi = caller_.user != nullptr ? caller_.user->outgoing_ddi : nullptr,
                      .is_emergency = true,
                      .routes = {}};
    if (external.ddi == nullptr) external.ddi = caller_.customer.outgoing_ddi();
    if (external.ddi == nullptr && !caller_.customer.ddis().empty()) external.ddi = &caller_.customer.ddis().front();
    say(Step::emergency, fmt::format("{} is answered by helpers: nothing keeps this call", number));
    collect(external.routes, false);
    if (brand_ == nullptr) return external;
    for (const auto& carrier : brand_->routing->carriers())
      if (carrier->is_active) external.carriers.push_back(carrier.get());
    return external;
  }

 private:
  using Answer = std::variant<External, OnNet, Refusal>;

  Answer decide(std::string_view dialled) {
    const std::string& prefix = caller_.customer.outbound_prefix();
    if (!prefix.empty() && !dialled.starts_with('+')) {
      if (!dialled.starts_with(prefix)) return refuse(Step::external, Refusal::no_prefix);
      dialled.remove_prefix(prefix.size());
    }
    number_ = read_dialled(snapshot_, caller_.customer, dialled);
    if (!is_e164(number_)) return refuse(Step::external, Refusal::unknown_number);
    say(Step::external, number_ == dialled ? number_ : fmt::format("{}, dialled as {}", number_, dialled));
    if (is_locked()) return refuse(Step::lock, Refusal::locked);
    if (!is_allowed()) return Refusal::denied;
    const directory::Ddi* ddi = choose_ddi();
    if (ddi == nullptr) return refuse(Step::ddi, Refusal::no_ddi);
    if (const auto own = snapshot_.find_ddi(number_); own.customer != nullptr) {
      say(Step::on_net, fmt::format("{} is a number of this platform", number_));
      return reach(*ddi, *own.customer);
    }
    External external{.number = number_, .ddi = ddi, .is_emergency = false, .routes = {}};
    if (const auto refusal = find_routes(external)) return *refusal;
    return external;
  }

  /// Calls to other customers of the platform cost as others do (ADR 24), those to numbers of one's own nothing.
  Answer reach(const directory::Ddi& ddi, const directory::Customer& customer) {
    OnNet on_net{.number = number_, .ddi = &ddi, .customer = &customer};
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

  bool is_locked() const {
    const auto keeps = [](model::Lock lock) { return lock != model::Lock::none; };
    return keeps(caller_.customer.lock()) || (caller_.user != nullptr && keeps(caller_.user->lock));
  }

  bool is_allowed() {
    const directory::CallAcl* acl = caller_.user == nullptr ? nullptr : caller_.user->call_acl;
    if (acl == nullptr) return true;
    const auto fits = [this](const directory::CallAcl::Rule& rule) { return rule.list->matches(number_); };
    const auto rule = std::ranges::find_if(acl->rules, fits);
    const model::AclPolicy policy = rule == acl->rules.end() ? acl->policy : rule->policy;
    const std::string_view word = policy == model::AclPolicy::allow ? "allows" : "denies";
    say(Step::acl, rule == acl->rules.end() ? fmt::format("{} {} what no rule is about", acl->name, word)
                                            : fmt::format("{} {} {}", acl->name, word, rule->list->name()));
    return policy == model::AclPolicy::allow;
  }

  const directory::Ddi* choose_ddi() {
    const directory::User* user = caller_.user;
    const bool has_own = user != nullptr && user->outgoing_ddi != nullptr;
    const directory::Ddi* ddi = has_own ? user->outgoing_ddi : caller_.customer.outgoing_ddi();
    std::string why = has_own ? "the user's" : "the customer's";
    const directory::OutgoingDdiRule* rule =
        user != nullptr && user->outgoing_ddi_rule != nullptr ? user->outgoing_ddi_rule : caller_.customer.outgoing_ddi_rule();
    if (rule != nullptr) {
      const auto fits = [this](const directory::OutgoingDdiRule::Entry& entry) { return entry.list->matches(number_); };
      const auto entry = std::ranges::find_if(rule->entries, fits);
      const directory::Ddi* forced = entry == rule->entries.end() ? rule->ddi : entry->ddi;
      if (forced != nullptr) {
        ddi = forced;
        why = entry == rule->entries.end() ? rule->name : fmt::format("{} for {}", rule->name, entry->list->name());
      }
    }
    if (ddi != nullptr) say(Step::ddi, fmt::format("{}, {}", ddi->number, why));
    return ddi;
  }

  /// All routes that fit, the most specific pattern's first; those that are about this customer and those about all. Whether one
  /// of them blocks.
  bool collect(std::vector<const directory::Route*>& routes, bool honours_stoppers) {
    bool is_blocked = false;
    bool is_stopped = false;
    if (brand_ == nullptr) return false;
    for (const directory::TargetPattern* pattern : brand_->routing->find_patterns(number_)) {
      std::int64_t last = INT64_MAX;  // The priority behind which a stopper lets nothing pass.
      for (const directory::Route& route : brand_->routing->routes_of(*pattern)) {
        if (route.customer && route.customer != caller_.customer.id()) continue;
        if (route.carrier == nullptr) {
          is_blocked = true;
          continue;
        }
        if (is_stopped || route.priority > last || !route.carrier->is_active) continue;
        routes.push_back(&route);
        if (route.is_stopper && honours_stoppers) last = std::min(last, route.priority);
      }
      is_stopped = is_stopped || last != INT64_MAX;
    }
    return is_blocked;
  }

  std::optional<directory::FoundPrice> find_price() {
    if (brand_ == nullptr) return std::nullopt;
    auto price = directory::find_price(brand_->plans, caller_.customer.plan_assignments(), number_, caller_.instant);
    if (price) say(Step::price, describe(*price));
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
    if (!external.routes.empty()) say(Step::price, "none: by carriers alone whose calls are rated elsewhere");
    return !external.routes.empty();
  }

  std::optional<Refusal> find_routes(External& external) {
    std::vector<const directory::Route*>& routes = external.routes;
    if (collect(routes, true)) return refuse(Step::route, Refusal::blocked);
    if (routes.empty()) return refuse(Step::route, Refusal::no_route);
    if (!pass_price(external)) return refuse(Step::price, Refusal::no_price);
    for (const directory::Route* route : routes)
      say(Step::route, fmt::format("{} by {}, priority {}, weight {}", route->pattern->name, route->carrier->name,
                                   route->priority, route->weight));
    return std::nullopt;
  }

  const directory::Snapshot& snapshot_;
  const Caller& caller_;
  std::vector<Reason>& reasons_;
  const directory::Brand* brand_;
  std::string number_;
};

}  // namespace

std::string read_dialled(const directory::Snapshot& snapshot, const directory::Customer& customer, std::string_view dialled) {
  const directory::Brand* brand = snapshot.find_brand(customer.brand());
  if (brand == nullptr) return std::string(dialled);
  const auto& set = brand->routing->find_transformation(customer.transformation_set());
  if (set == nullptr) return read_plainly(customer, dialled);
  return to_e164(transform(set.get(), TransformationDirection::callee_in, dialled));
}

std::string_view emergency_number(const directory::Customer& customer, std::string_view dialled) {
  if (customer.is_emergency(dialled)) return dialled;
  const std::string& prefix = customer.outbound_prefix();
  if (prefix.empty() || !dialled.starts_with(prefix)) return {};
  dialled.remove_prefix(prefix.size());
  return customer.is_emergency(dialled) ? dialled : std::string_view();
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
