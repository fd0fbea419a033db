// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: who calls from an address is found among all brands as each brand by itself would say, and whose a number is likewise.
#include "directory/sources.hpp"

#include <gtest/gtest.h>

#include <random>

#include "directory/named_sources.hpp"
#include "support/sample_customer.hpp"

namespace carillon::directory {
namespace {

using carillon::testing::SampleCustomer;

constexpr std::int64_t brands = 40;

Source from(std::string_view address, std::uint16_t port, bool is_stream = false) {
  return {.address = IpNetwork::parse(address)->bytes, .port = port, .is_stream = is_stream};
}

/// Brands with carriers in networks that lie within one another, some on one port alone and some that are off.
std::shared_ptr<const Snapshot> crowded() {
  std::mt19937 lot(1);
  const auto any = [&lot](std::initializer_list<const char*> texts) {
    return std::string(std::data(texts)[lot() % texts.size()]);
  };
  Builder builder;
  for (std::int64_t id = 1; id <= brands; ++id) {
    RoutingRows rows;
    for (std::int64_t c = id * 10; c < id * 10 + 3; ++c) {
      rows.carriers.push_back({.id = {c}, .name = std::to_string(c), .active = lot() % 4 != 0});
      for (int i = 0; i < 3; ++i)
        rows.sources.push_back({.id = {c * 10 + i},
                                .carrier = {c},
                                .network = any({"192.0.0.0/8", "192.0.2.0/24", "192.0.2.128/25", "192.0.2.129", "2001:db8::/32",
                                                "2001:db8::7", "198.51.100.0/24"}),
                                .port = lot() % 2 == 0 ? 0 : 5060});
    }
    builder.set_brand({.id = {id}, .name = std::to_string(id)});
    builder.set_routing({id}, std::make_shared<const Routing>(rows));
    SampleCustomer customer(1000 + id, std::to_string(id) + ".example", id);
    customer.rows().ddis.push_back(
        {.id = {id}, .customer = customer.rows().customer.id, .number = "+34" + std::to_string(900000000 + id)});
    EXPECT_TRUE(builder.set_customer(customer.build()));
  }
  return std::move(builder).build(1).value();
}

TEST(Sources, SayWhatEachBrandWouldSay) {
  const auto snapshot = crowded();
  std::size_t all = 0;
  for (const char* address : {"192.0.2.129", "192.0.2.130", "192.0.2.1", "192.9.9.9", "193.0.2.1", "2001:db8::7", "2001:db8::8",
                              "2001:db9::7", "198.51.100.255", "203.0.113.1", "0.0.0.0", "::"})
    for (const std::uint16_t port : {std::uint16_t{0}, std::uint16_t{5060}, std::uint16_t{5061}})
      for (const bool is_stream : {false, true}) {
        const Source source = from(address, port, is_stream);
        std::vector<const Carrier*> expected, found;
        for (const auto& brand : snapshot->brands())
          for (const auto& carrier : brand->routing->carriers())
            if (Routing::is_source(*carrier, source) && expected.size() < Sources::candidates_max)
              expected.push_back(carrier.get());
        for (const Sources::Found& each : snapshot->find_sources(source)) {
          EXPECT_EQ(each.brand->routing->find_carrier(each.carrier->id), each.carrier);
          found.push_back(each.carrier);
        }
        EXPECT_EQ(found, expected) << address << " " << port;
        all += found.size();
      }
  EXPECT_GT(all, 500U);
  EXPECT_TRUE(Sources().find(from("192.0.2.1", 5060)).empty());
}

/// One brand for each host, with a carrier whose server is there.
std::shared_ptr<const Snapshot> with_servers(std::initializer_list<const char*> hosts, std::int64_t port = 0) {
  Builder builder;
  std::int64_t id = 0;
  for (const char* host : hosts) {
    ++id;
    RoutingRows rows;
    rows.carriers.push_back({.id = {id}, .name = "C", .active = true});
    rows.servers.push_back({.id = {id}, .carrier = {id}, .host = host, .port = port, .active = true, .source = true});
    builder.set_brand({.id = {id}, .name = std::to_string(id)});
    builder.set_routing({id}, std::make_shared<const Routing>(rows));
  }
  return std::move(builder).build(1).value();
}

std::vector<std::int64_t> brands_of(const Snapshot& snapshot, const Source& source) {
  std::vector<std::int64_t> ids;
  for (const Sources::Found& each : snapshot.find_sources(source)) ids.push_back(each.brand->id.value);
  return ids;
}

TEST(Sources, NamesStandBehindAddressesAndTheOldestIsFirst) {
  const auto snapshot = with_servers({"a.example", "b.example", "192.0.2.1", "192.0.2.9"});
  NamedSources named;
  Source source = from("192.0.2.1", 5060);
  EXPECT_EQ(brands_of(*snapshot, source), (std::vector<std::int64_t>{3}));
  named.set({2}, {source.address});
  named.set({1}, {source.address, from("192.0.2.2", 0).address});
  named.set({4}, {source.address});  // Whose server has an address: it is there and nowhere else.
  named.set({77}, {source.address});
  source.servers = named.find(source.address);
  EXPECT_EQ(brands_of(*snapshot, source), (std::vector<std::int64_t>{3, 1, 2}));
  named.set({1}, {from("192.0.2.2", 0).address});
  source.servers = named.find(source.address);
  EXPECT_EQ(brands_of(*snapshot, source), (std::vector<std::int64_t>{3, 2}));
  named.set({2}, {});
  named.set({4}, {});
  named.set({77}, {});
  EXPECT_TRUE(named.find(source.address).empty());
  EXPECT_TRUE(named.addresses_of({2}).empty());
  EXPECT_EQ(named.addresses_of({1}).size(), 1U);
}

TEST(Sources, NamesWithPortsAreHeardFromThereAndByConnections) {
  const auto snapshot = with_servers({"a.example"}, 5080);
  NamedSources named;
  named.set({1}, {from("192.0.2.1", 0).address});
  for (const auto& [port, is_stream, is_its] : {std::tuple(5080, false, true), {5060, false, false}, {40000, true, true}}) {
    Source source = from("192.0.2.1", static_cast<std::uint16_t>(port), is_stream);
    source.servers = named.find(source.address);
    EXPECT_EQ(snapshot->find_sources(source).size(), is_its ? 1U : 0U) << port;
    EXPECT_EQ(snapshot->brands()[0]->routing->find_source(source) != nullptr, is_its) << port;
  }
}

TEST(Sources, OfManyNamesAtOneAddressTheOldestCount) {
  NamedSources named;
  const auto address = from("192.0.2.1", 0).address;
  for (std::int64_t id = 1000; id > 0; --id) named.set({id}, {address, address});
  ASSERT_EQ(named.find(address).size(), NamedSources::servers_max);
  EXPECT_EQ(named.find(address).front().value, 1);
  EXPECT_TRUE(named.find(from("192.0.2.2", 0).address).empty());
}

TEST(Sources, ContactsAreFoundWhereverWeAreRegistered) {
  Builder builder;
  for (std::int64_t id = 1; id <= brands; ++id) {
    RoutingRows rows;
    rows.carriers.push_back({.id = {id}, .name = "C", .active = id != 7});
    rows.registrations.push_back({.id = {id}, .carrier = {id}, .contact_user = "r" + std::to_string(id), .active = id != 8});
    builder.set_brand({.id = {id}, .name = std::to_string(id)});
    builder.set_routing({id}, std::make_shared<const Routing>(rows));
  }
  const auto snapshot = std::move(builder).build(1).value();
  for (std::int64_t id = 1; id <= brands; ++id) {
    const Sources::Registered registered = snapshot->find_registered("r" + std::to_string(id));
    const bool is_off = id == 7 || id == 8;
    ASSERT_EQ(registered.registration == nullptr, is_off) << id;
    if (is_off) continue;
    EXPECT_EQ(registered.registration->id.value, id);
    EXPECT_EQ(registered.found.carrier->id.value, id);
    EXPECT_EQ(registered.found.brand->id.value, id);
  }
  EXPECT_EQ(snapshot->find_registered("").registration, nullptr);
  EXPECT_EQ(snapshot->find_registered("r0").registration, nullptr);
}

TEST(Sources, NumbersAreFoundWhoeverHasThem) {
  const auto snapshot = crowded();
  for (std::int64_t id = 1; id <= brands; ++id) {
    const Numbers::Found found = snapshot->find_ddi("+34" + std::to_string(900000000 + id));
    ASSERT_NE(found.customer, nullptr);
    EXPECT_EQ(found.customer->id().value, 1000 + id);
    EXPECT_EQ(found.ddi->id.value, id);
  }
  EXPECT_EQ(snapshot->find_ddi("+34900000000").customer, nullptr);
  EXPECT_EQ(snapshot->find_ddi("").customer, nullptr);

  // What a customer no longer has is nobody's.
  Builder builder(*snapshot);
  builder.remove_customer({1001});
  builder.remove_brand({2});
  const auto next = std::move(builder).build(2).value();
  EXPECT_EQ(next->find_ddi("+34900000001").customer, nullptr);
  EXPECT_EQ(next->find_ddi("+34900000002").customer, nullptr);
  EXPECT_NE(next->find_ddi("+34900000003").customer, nullptr);
}

}  // namespace
}  // namespace carillon::directory
