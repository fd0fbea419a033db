// SPDX-License-Identifier: GPL-3.0-or-later
// A platform with one account of each kind that can call outside, a carrier, and somebody of another company: for tests that try
// the same with all of them.
#pragma once

#include <gtest/gtest.h>

#include "flows/phone.hpp"
#include "flows/platform.hpp"

namespace carillon::flows {

/// A kind of account. What belongs to another kind of terminal is one entry more here.
struct AccountKind {
  std::string_view name;
  Phone::Account login;
  std::string_view ddi;  ///< With which it calls, as OPERATOR writes it.
  bool has_user = false;
};

inline void PrintTo(const AccountKind& kind, std::ostream* out) {
  *out << kind.name;
}

inline const std::vector<AccountKind>& account_kinds() {
  static const std::vector<AccountKind> all = {
      {"user", {.user = "alice", .password = "alice"}, "941941941", true},
      {"nobodys", {.user = "lobby", .password = "lobby"}, "941941941"},
      {"retail", {.user = "shop", .password = "shop", .domain = "brand.example"}, "942000001"},
      {"pbx", {.user = "office", .password = "office"}, "941941941"},
  };
  return all;
}

class Scene {
 public:
  explicit Scene(const AccountKind& account) : kind(account) {
    platform.add_server("OPERATOR", carrier_host().host());
    platform.add_company("carol", "+34950950950");
    add_accounts();
    run("UPDATE customers SET ip_filter = 0, outgoing_ddi = (SELECT min(id) FROM ddis WHERE customer = customers.id)");
  }

  /// Something that must be there as long as the scene.
  void hold(std::shared_ptr<void> thing) { held_ = std::move(thing); }

  void run(const std::string& sql) { EXPECT_TRUE(platform.execute(sql)) << sql; }

  /// One more device of the account.
  std::unique_ptr<Phone> make_phone() { return make_phone(kind.login); }
  std::unique_ptr<Phone> make_phone(const Phone::Account& login) {
    const auto host = *net::Address::parse(fmt::format("198.51.100.{}", ++hosts_), 0);
    return std::make_unique<Phone>(platform.loop, platform.wire, host, Platform::sip_address(), login, false);
  }

  static net::Address carrier_host() { return *net::Address::parse("203.0.113.1", 0); }

  /// Whether it becomes so in time.
  bool becomes(const std::function<bool()>& holds, Duration within = 1s) {
    const Monotonic deadline = platform.loop.now() + within;
    while (!holds() && platform.loop.now() < deadline) platform.loop.run_for(5ms);
    return holds();
  }

  void register_phone(Phone& phone) {
    phone.register_for(3600);
    EXPECT_TRUE(becomes([&] { return phone.register_status == 200; })) << phone.register_status;
  }

  const AccountKind& kind;
  Platform platform{1};
  Phone carrier{platform.loop,
                platform.wire,
                carrier_host(),
                Platform::trunk_address(),
                {.user = "OPERATOR", .password = {}, .domain = "203.0.113.1"},
                false};

  /// The customer of the account.
  std::string its_customer() const {
    return kind.name == "retail" ? "(SELECT id FROM customers WHERE name = 'Shop')"
                                 : "(SELECT id FROM customers WHERE name = 'DemoCompany')";
  }

 private:
  void add_accounts() {
    platform.add_terminal("lobby", "telephone", "users.democompany.com");
    run("INSERT INTO customers (id, brand, kind, name, country, country_code, time_zone, currency, language, transformation_set) "
        "SELECT 9101, brand, 'retail', 'Shop', 'ES', '34', '', '', '', transformation_set FROM customers WHERE name = "
        "'DemoCompany'");
    run("INSERT INTO domains (id, brand, customer, name) SELECT 9102, brand, NULL, 'brand.example' FROM customers WHERE id = "
        "9101");
    run("INSERT INTO ddis SELECT 9103, brand, id, '+34942000001', 'ES', NULL, '', NULL, '', 'es', 'none', 0 FROM customers WHERE "
        "id = 9101");
    platform.add_terminal("shop", "telephone", "brand.example");
    platform.add_pbx("office");
    run("UPDATE terminals SET cli_policy = 'refuse' WHERE name = 'office'");
  }

  int hosts_ = 0;
  std::shared_ptr<void> held_;
};

}  // namespace carillon::flows
