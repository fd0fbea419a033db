// SPDX-License-Identifier: GPL-3.0-or-later
// The names of all entities and of their tables, for ids of things whose declaration is not needed.
#pragma once

#include <string_view>
#include <type_traits>

namespace carillon::model {

/// Declares a type and says which table an Id of it refers to.
#define ENTITY(Type, table)                                       \
  struct Type;                                                    \
  constexpr std::string_view table_of(std::type_identity<Type>) { \
    return #table;                                                \
  }

ENTITY(Administrator, administrators)
ENTITY(AuditEntry, audit)
ENTITY(Brand, brands)
ENTITY(Country, countries)
ENTITY(Currency, currencies)
ENTITY(Customer, customers)
ENTITY(CustomerNetwork, networks)
ENTITY(Domain, domains)
ENTITY(Extension, extensions)
ENTITY(Job, jobs)
ENTITY(Language, languages)
ENTITY(NotificationTemplate, notification_templates)
ENTITY(Portal, portals)
ENTITY(Settings, settings)
ENTITY(Target, targets)
ENTITY(Terminal, terminals)
ENTITY(User, users)
ENTITY(Webhook, webhooks)
ENTITY(WebhookDelivery, webhook_deliveries)

#undef ENTITY

}  // namespace carillon::model
