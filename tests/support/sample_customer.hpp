// SPDX-License-Identifier: GPL-3.0-or-later
// Customers as rows, for tests of everything that reads snapshots.
#pragma once

#include <gtest/gtest.h>

#include "directory/builder.hpp"

namespace carillon::testing {

/// A customer whose entities have ids from id * 1000 on: give it people, then build.
class SampleCustomer {
 public:
  SampleCustomer(std::int64_t id, std::string domain, std::int64_t brand = 1) {
    rows_.customer = {.id = {id}, .brand = {brand}, .name = domain, .country_code = "34", .time_zone = "Europe/Madrid"};
    rows_.domains.push_back({.id = {next()}, .brand = {brand}, .customer = {id}, .name = std::move(domain)});
  }

  /// Makes it a retail customer, whose terminals are accounts of its brand's domain.
  SampleCustomer& retail(std::string brand_domain) {
    rows_.customer.kind = model::CustomerKind::retail;
    rows_.domains = {{.id = {next()}, .brand = rows_.customer.brand, .name = std::move(brand_domain)}};
    return *this;
  }

  /// A terminal, its user and the user's extension. Returns the terminal's id; the user's is one more.
  Id<model::Terminal> add(std::string terminal, std::string number, std::string name = "Some", std::string last_name = "Body") {
    const std::int64_t id = next();
    next();
    rows_.terminals.push_back({.id = {id},
                               .name = std::move(terminal),
                               .ha1_md5 = Secret(std::string(32, 'a')),
                               .ha1_sha256 = Secret(std::string(64, 'b'))});
    rows_.targets.push_back({.id = {id + 1}});
    rows_.extensions.push_back({.id = {next()}, .number = std::move(number), .target = {id + 1}});
    rows_.users.push_back({.id = {id + 1},
                           .name = std::move(name),
                           .last_name = std::move(last_name),
                           .terminal = {id},
                           .extension = rows_.extensions.back().id});
    return {id};
  }

  directory::CustomerRows& rows() { return rows_; }

  std::shared_ptr<const directory::Customer> build() const {
    auto built = directory::build_customer(rows_);
    EXPECT_TRUE(built) << built.error().what;
    return std::move(*built);
  }

 private:
  std::int64_t next() { return rows_.customer.id.value * 1000 + count_++; }
  directory::CustomerRows rows_;
  std::int64_t count_ = 0;
};

inline std::shared_ptr<const directory::Snapshot> snapshot_of(std::vector<std::shared_ptr<const directory::Customer>> customers) {
  directory::Builder builder;
  for (auto& customer : customers) {
    builder.set_brand({.id = customer->brand(), .name = "Brand"});
    EXPECT_TRUE(builder.set_customer(std::move(customer)));
  }
  auto built = std::move(builder).build(1);
  EXPECT_TRUE(built) << built.error().what;
  return std::move(*built);
}

}  // namespace carillon::testing
