// SPDX-License-Identifier: GPL-3.0-or-later
// The entry in the audit log is also what says that there was an alarm already.
#include "billing/limit_alarm.hpp"

#include <array>
#include <vector>

#include "base/log.hpp"
#include "model/customer.hpp"
#include "store/audit.hpp"
#include "store/notifications.hpp"

namespace carillon::billing {
namespace {

constexpr Duration silence = 1h;  ///< Of a customer and a limit, after an alarm.
constexpr int readers_max = 20;   ///< Of the customer, and of the brand.
constexpr Duration of_use = 24h;  ///< How long a mail that cannot leave is tried.

std::string_view name_of(journal::Limit whose) {
  constexpr std::array<std::string_view, 5> names = {"", "terminal", "user", "customer", "brand"};
  return names[static_cast<std::size_t>(whose)];
}

/// What the caller or the called is called cannot pass for the limit: within a text of JSON quotation marks are escaped.
Result<bool> was_told(store::Database& database, Id<model::Customer> customer, journal::Limit whose, Instant now) {
  CARILLON_TRY(statement, database.prepare("SELECT 1 FROM audit WHERE object = ? AND at > ? AND action = 'calls_limited' AND "
                                           "\"after\" LIKE ? LIMIT 1"));
  statement->bind(1, to_base32(customer.value));
  statement->bind(2, (now - silence).time_since_epoch().count());
  statement->bind(3, fmt::format(R"(%"limit":"{}"%)", name_of(whose)));
  return statement->step();
}

/// Administrators with an address, of the customer first. How busy its brand is with others is no customer's news.
Result<std::vector<store::Login>> readers(store::Database& database, const model::Call& call, journal::Limit whose) {
  std::vector<std::int64_t> ids;
  for (const bool is_brands : {false, true}) {
    if (!is_brands && whose == journal::Limit::brand) continue;
    CARILLON_TRY(statement, database.prepare("SELECT id FROM administrators WHERE brand = ? AND coalesce(customer, 0) = ? "
                                             "AND active = 1 AND email <> '' ORDER BY id LIMIT ?"));
    statement->bind(1, call.brand.value);
    statement->bind(2, is_brands ? 0 : call.customer.value);
    statement->bind(3, readers_max);
    while (true) {
      CARILLON_TRY(more, statement->step());
      if (!more) break;
      ids.push_back(statement->integer(0));
    }
  }
  std::vector<store::Login> found;
  for (const std::int64_t id : ids) {
    CARILLON_TRY(login, store::find_login(database, id));
    if (login) found.push_back(*std::move(login));
  }
  return found;
}

/// A mail that cannot be put on its way keeps no record from being stored.
Result<> mail(store::Database& database, const store::Sealer& sealer, const model::Call& call, journal::Limit whose,
              const store::Values& values, Instant now) {
  CARILLON_TRY(logins, readers(database, call, whose));
  for (const store::Login& login : logins) {
    CARILLON_TRY(mail, store::write_mail(database, model::NotificationKind::calls_limited, login, values));
    mail.expires_at = now + of_use;
    const auto sent = store::enqueue_mail(database, sealer, std::move(mail), now);
    if (!sent && (sent.error().is(store::Fault::busy) || sent.error().is(store::Fault::invalid))) {
      log::warning("billing", "alarm.not_mailed", {{"customer", call.customer}, {"fault", sent.error().code}});
      continue;
    }
    CARILLON_CHECK(sent);
  }
  return {};
}

}  // namespace

Result<bool> raise_limit_alarm(store::Database& database, const store::Sealer* sealer, store::EventWriter& events,
                               const model::Call& call, journal::Limit whose, Instant now) {
  CARILLON_TRY(is_told, was_told(database, call.customer, whose, now));
  if (is_told) return false;
  const auto customer = store::find(database, {}, call.customer);
  if (!customer && customer.error().is(store::Fault::not_found)) return false;  // It is gone.
  if (!customer) return std::unexpected(customer.error());
  const boost::json::object data = {{"customer", to_base32(call.customer.value)},
                                    {"limit", name_of(whose)},
                                    {"call", to_hex(call.id)},
                                    {"caller", call.caller},
                                    {"callee", call.callee}};
  CARILLON_CHECK(store::write_notice(database, model::AuditAction::calls_limited, *customer, data, now));
  const auto event = [&] { return store::Event{.type = std::string(calls_limited), .data = data, .at = call.ended_at}; };
  CARILLON_CHECK(events.enqueue(database, {call.brand, call.customer}, calls_limited, now, event));
  log::warning("billing", "calls.limited", {{"customer", call.customer}, {"limit", name_of(whose)}});
  if (sealer == nullptr) return true;
  const store::Values values = {{"customer", customer->name},
                                {"limit", std::string(name_of(whose))},
                                {"caller", call.caller},
                                {"callee", call.callee},
                                {"time", to_rfc3339(call.ended_at)}};
  CARILLON_CHECK(mail(database, *sealer, call, whose, values, now));
  return true;
}

}  // namespace carillon::billing
