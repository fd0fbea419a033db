// SPDX-License-Identifier: GPL-3.0-or-later
// A terminal's password is kept as digest keys over its name and realm, so whoever changes those gives a password too.
#include "api/rules.hpp"
#include "model/domain.hpp"
#include "model/terminal.hpp"
#include "store/credentials.hpp"

namespace carillon::api {

namespace {

/// Where telephones of that customer register: in its own domains, of a retail customer in its brand's.
Result<std::vector<model::Domain>> domains_for(Draft& draft, const model::Customer& customer) {
  const store::Scope scope{customer.brand, customer.id, {}};
  CARILLON_TRY(domains, store::list_all<model::Domain>(draft.edit.database(), scope));
  const bool is_retail = customer.kind == model::CustomerKind::retail;
  std::erase_if(domains, [&](const model::Domain& domain) { return static_cast<bool>(domain.customer) == is_retail; });
  return domains;
}

/// The domain of the terminal: the first when none was said. A fault, and nothing, when it has none.
Result<std::optional<model::Domain>> choose_domain(Draft& draft, model::Terminal& terminal) {
  const auto customer = store::find(draft.edit.database(), draft.edit.scope(), terminal.customer);
  if (!customer && customer.error().is(store::Fault::not_found)) {
    draft.faults.push_back({"customer", terminal.customer ? "does not exist" : "is required"});
    return std::nullopt;
  }
  if (!customer) return std::unexpected(customer.error());
  CARILLON_TRY(domains, domains_for(draft, *customer));
  if (!terminal.domain && !domains.empty()) terminal.domain = domains.front().id;
  const auto found = std::ranges::find(domains, terminal.domain, &model::Domain::id);
  if (found != domains.end()) return std::move(*found);
  draft.faults.push_back({"domain", terminal.domain ? "does not exist" : "is required: there is none yet for this customer"});
  return std::nullopt;
}

}  // namespace

Result<> rule_terminal(Draft& draft) {
  auto& terminal = draft.object.as<model::Terminal>();
  CARILLON_TRY(domain, choose_domain(draft, terminal));
  if (!domain) return {};
  const auto* before = draft.before == nullptr ? nullptr : &draft.before->as<model::Terminal>();
  const bool has_other_keys = before != nullptr && (before->name != terminal.name || before->domain != terminal.domain);
  if (before != nullptr && !has_other_keys && terminal.password.is_empty()) return {};
  if (has_other_keys && terminal.password.is_empty()) {
    draft.faults.push_back({"password", "is needed too: what a telephone proves itself with holds its name and domain"});
    return {};
  }
  if (!terminal.password.is_empty() && draft.caller.is_emulated()) {
    draft.faults.push_back({"password", "cannot be set while acting for somebody else"});
    return {};
  }
  if (terminal.password.is_empty()) {
    terminal.password = Secret(store::generate_password());
    draft.shown["password"] = terminal.password.reveal();
  }
  if (terminal.password.reveal() == terminal.name) draft.faults.push_back({"password", "must not be the name"});
  store::Ha1 ha1 = store::digest_ha1(terminal.name, domain->name, terminal.password.reveal());
  terminal.ha1_md5 = std::move(ha1.md5);
  terminal.ha1_sha256 = std::move(ha1.sha256);
  return {};
}

}  // namespace carillon::api
