// SPDX-License-Identifier: GPL-3.0-or-later
// The names of all entities, for ids of things whose declaration is not needed.
#pragma once

namespace carillon::model {

struct Administrator;
struct Brand;
struct Customer;
struct Domain;
struct Terminal;
struct User;
struct Extension;
struct Target;
struct CustomerNetwork;
struct Webhook;
struct WebhookDelivery;

}  // namespace carillon::model
