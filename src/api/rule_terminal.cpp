// SPDX-License-Identifier: GPL-3.0-or-later
// A terminal's password is kept as digest keys over its name and realm, so whoever changes those gives a password too. What it
// may call with beyond its customer's numbers is the brand's to say.
#include "api/rules.hpp"
#include "model/domain.hpp"
#include "model/match_list.hpp"
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

/// Somebody's telephone is called by that one's extension and calls with that one's rights: a PBX is nobody's.
Result<> check_kind(Draft& draft, const model::Terminal& terminal) {
  const bool becomes_pbx =
      draft.before != nullptr && terminal.kind == model::TerminalKind::pbx && has_changed(draft, &model::Terminal::kind);
  if (!becomes_pbx) return {};
  CARILLON_TRY(statement, draft.edit.database().prepare("SELECT 1 FROM users WHERE terminal = ?"));
  statement->bind(1, terminal.id.value);
  CARILLON_TRY(is_somebodys, statement->step());
  if (is_somebodys) draft.faults.push_back({"kind", "must be telephone: it is somebody's"});
  return {};
}

/// A list that its customer writes would let it call with any number of the world.
Result<> check_allowed_numbers(Draft& draft, const model::Terminal& terminal) {
  if (!terminal.allowed_numbers || !has_changed(draft, &model::Terminal::allowed_numbers)) return {};
  const auto list = store::find(draft.edit.database(), draft.edit.scope(), terminal.allowed_numbers);
  if (!list && list.error().is(store::Fault::not_found)) return {};  // The reference is looked at later.
  if (!list) return std::unexpected(list.error());
  if (list->customer) draft.faults.push_back({"allowedNumbers", "must be a list of the brand's own"});
  return {};
}

Result<> set_keys(Draft& draft, model::Terminal& terminal) {
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

}  // namespace

Result<> rule_terminal(Draft& draft) {
  auto& terminal = draft.object.as<model::Terminal>();
  CARILLON_CHECK(check_kind(draft, terminal));
  CARILLON_CHECK(check_allowed_numbers(draft, terminal));
  return set_keys(draft, terminal);
}

}  // namespace carillon::api
