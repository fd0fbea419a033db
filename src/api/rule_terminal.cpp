// SPDX-License-Identifier: GPL-3.0-or-later
// A terminal's password is kept as digest keys over its name and realm, so whoever changes those gives a password too.
#include "api/rules.hpp"
#include "model/domain.hpp"
#include "model/terminal.hpp"
#include "store/credentials.hpp"

namespace carillon::api {

namespace {

/// The customer's first domain, when none was said.
Result<> choose_domain(Draft& draft, model::Terminal& terminal) {
  if (terminal.domain || !terminal.customer) return {};
  store::Query first{.limit = 1};
  first.filters.push_back({"customer", to_base32(terminal.customer.value)});
  CARILLON_TRY(domains, store::list<model::Domain>(draft.edit.database(), draft.edit.scope(), first));
  if (!domains.empty()) terminal.domain = domains.front().id;
  return {};
}

}  // namespace

Result<> rule_terminal(Draft& draft) {
  auto& terminal = draft.object.as<model::Terminal>();
  CARILLON_CHECK(choose_domain(draft, terminal));
  const auto* before = draft.before == nullptr ? nullptr : &draft.before->as<model::Terminal>();
  const bool has_other_keys = before != nullptr && (before->name != terminal.name || before->domain != terminal.domain);
  if (before != nullptr && !has_other_keys && terminal.password.is_empty()) return {};
  if (has_other_keys && terminal.password.is_empty()) {
    draft.faults.push_back({"password", "is needed too: what a telephone proves itself with holds its name and domain"});
    return {};
  }
  if (terminal.password.is_empty()) {
    terminal.password = Secret(store::generate_password());
    draft.shown["password"] = terminal.password.reveal();
  }
  if (terminal.password.reveal() == terminal.name) draft.faults.push_back({"password", "must not be the name"});
  const auto domain = store::find(draft.edit.database(), draft.edit.scope(), terminal.domain);
  if (!domain && !domain.error().is(store::Fault::not_found)) return std::unexpected(domain.error());
  if (!domain) {
    draft.faults.push_back({"domain", terminal.domain ? "does not exist" : "is required: the customer has none yet"});
    return {};
  }
  store::Ha1 ha1 = store::digest_ha1(terminal.name, domain->name, terminal.password.reveal());
  terminal.ha1_md5 = std::move(ha1.md5);
  terminal.ha1_sha256 = std::move(ha1.sha256);
  return {};
}

}  // namespace carillon::api
