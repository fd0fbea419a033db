// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what an operator wrote is taken or refused as a whole, and every fault is named with its line.
#include "base/configuration.hpp"

namespace carillon {
namespace {

using Fault = ConfigurationFault;
using Addresses = std::vector<std::string>;

std::filesystem::path data(std::string_view file) {
  return std::filesystem::path(CARILLON_TEST_DATA) / "configuration" / file;
}

struct Found {
  Fault fault;
  int line;
  std::string key;
  bool operator==(const Found&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Found& found) {
  return out << name_of(found.fault) << " line " << found.line << " " << found.key;
}

std::vector<Found> problems_of(const ConfigurationSources& sources) {
  std::vector<Found> found;
  const auto loaded = Configuration::load(sources);
  if (loaded) return found;
  for (const ConfigurationProblem& problem : loaded.error()) found.push_back({problem.fault, problem.line, problem.key});
  return found;
}

TEST(Configuration, HasADefaultForEverything) {
  const auto loaded = Configuration::load({});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->text("data.dir"), "/var/lib/carillon");
  EXPECT_EQ(loaded->integer("sip.users.port"), 5060);
  EXPECT_EQ(loaded->addresses("sip.users.address"), Addresses{"0.0.0.0"});
  EXPECT_EQ(loaded->addresses("http.address"), Addresses{"0.0.0.0"});
  EXPECT_EQ(loaded->addresses("sip.advertised_address"), Addresses());
  EXPECT_FALSE(loaded->is_set("sip.users.port"));
}

TEST(Configuration, ReadsAFile) {
  const auto loaded = Configuration::load({.file = data("good.toml")});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->text("data.dir"), "/srv/carillon");
  EXPECT_EQ(loaded->addresses("sip.users.address"), (Addresses{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(loaded->addresses("media.address"), (Addresses{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(loaded->addresses("metrics.address"), Addresses{"::1"});
  EXPECT_EQ(loaded->integer("media.port_max"), 30000);
  EXPECT_EQ(loaded->text("log.level"), "warning");
  EXPECT_TRUE(loaded->is_set("log.level"));
}

TEST(Configuration, OverridesBeatTheFileAndTheFileBeatsPresets) {
  const auto loaded = Configuration::load({.presets = {"data.dir=/tmp/x", "sip.users.port=1", "http.port=2"},
                                           .file = data("good.toml"),
                                           .overrides = {"sip.users.port=25060", "sip.users.address=127.0.0.1,::1"}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->text("data.dir"), "/srv/carillon");
  EXPECT_EQ(loaded->integer("sip.users.port"), 25060);
  EXPECT_EQ(loaded->integer("http.port"), 2);
  EXPECT_EQ(loaded->addresses("sip.users.address"), (Addresses{"127.0.0.1", "::1"}));
}

TEST(Configuration, ReportsEveryFaultWithItsLine) {
  const std::vector<Found> expected = {
      {Fault::unknown_key, 3, "sip.users.prot"},
      {Fault::wrong_type, 4, "sip.users.port"},
      {Fault::bad_address, 5, "sip.users.address"},
      {Fault::not_in_this_version, 6, "sip.users.wss_port"},
      {Fault::out_of_range, 9, "media.port_min"},
      {Fault::out_of_range, 10, "media.port_max"},
      {Fault::out_of_range, 13, "database.url"},
      {Fault::out_of_range, 16, "log.level"},
      {Fault::wrong_type, 19, "security.antiflood.requests"},
      {Fault::not_in_this_version, 22, "redis.url"},
  };
  EXPECT_EQ(problems_of({.file = data("faults.toml")}), expected);
}

TEST(Configuration, SuggestsTheNearestKey) {
  const auto loaded = Configuration::load({.file = data("faults.toml")});
  ASSERT_FALSE(loaded);
  const std::string line = loaded.error().front().to_string();
  EXPECT_TRUE(line.contains("faults.toml:3: sip.users.prot: ")) << line;
  EXPECT_TRUE(line.contains("sip.users.port?")) << line;
}

TEST(Configuration, ReportsFaultsOfOverrides) {
  const std::vector<Found> expected = {
      {Fault::bad_override, 0, "sip.users.port"},
      {Fault::unknown_key, 0, "sip.user.port"},
      {Fault::wrong_type, 0, "sip.users.port"},
      {Fault::wrong_type, 0, "http.port"},
      {Fault::out_of_range, 0, "http.port"},
      {Fault::out_of_range, 0, "database.url"},
      {Fault::bad_address, 0, "hep.target"},
      {Fault::bad_address, 0, "http.address"},
      {Fault::bad_address, 0, "outbound.allowed_networks"},
  };
  EXPECT_EQ(problems_of({.overrides = {"sip.users.port", "sip.user.port=1", "sip.users.port=many", "http.port=1x",
                                       "http.port=65536", "database.url=mysql:x", "hep.target=a",
                                       "http.address=", "outbound.allowed_networks=10.0.0.0/8,10.0.0.1/8"}}),
            expected);
}

TEST(Configuration, TakesListsOfNetworksThatMayBeEmpty) {
  const auto none = Configuration::load({});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->addresses("outbound.allowed_networks"), Addresses());
  for (const auto& [text, networks] :
       {std::pair{"", Addresses()}, {"127.0.0.1", {"127.0.0.1"}}, {"10.0.0.0/8,fd00::/8", {"10.0.0.0/8", "fd00::/8"}}}) {
    const auto loaded = Configuration::load({.overrides = {std::string("outbound.allowed_networks=") + text}});
    ASSERT_TRUE(loaded) << text;
    EXPECT_EQ(loaded->addresses("outbound.allowed_networks"), networks);
  }
}

TEST(Configuration, TakesAddressesWithPorts) {
  for (const std::string target : {"", "192.0.2.9:9060", "udp:192.0.2.9:1", "[2001:db8::9]:65535", "udp:[::1]:9060"})
    EXPECT_TRUE(Configuration::load({.presets = {}, .file = {}, .overrides = {"hep.target=" + target}})) << target;
  for (const std::string target : {"192.0.2.9", "192.0.2.9:0", "192.0.2.9:65536", "192.0.2.9:9060x", "2001:db8::9:9060",
                                   "[192.0.2.9]:9060", "[]:9060", ":9060", "tcp:192.0.2.9:9060", "capture.example:9060"})
    EXPECT_EQ(problems_of({.overrides = {"hep.target=" + target}}), (std::vector<Found>{{Fault::bad_address, 0, "hep.target"}}))
        << target;
}

TEST(Configuration, TakesAbsolutePathsForLocalSockets) {
  for (const std::string path : {"", "/run/media.sock", "unix:/run/media.sock"}) {
    const auto loaded = Configuration::load({.presets = {}, .file = {}, .overrides = {"media.control=" + path}});
    ASSERT_TRUE(loaded) << path;
    EXPECT_EQ(loaded->text("media.control"), path);
  }
  const std::pair<std::string, Fault> refused[] = {{"media.sock", Fault::out_of_range},
                                                   {"unix:media.sock", Fault::out_of_range},
                                                   {"/" + std::string(100, 'x'), Fault::out_of_range},
                                                   {"udp:127.0.0.1:22222", Fault::not_in_this_version}};
  for (const auto& [path, fault] : refused) {
    const auto loaded = Configuration::load({.presets = {}, .file = {}, .overrides = {"media.control=" + path}});
    ASSERT_FALSE(loaded) << path;
    EXPECT_EQ(loaded.error().front().fault, fault) << path;
  }
}

TEST(Configuration, RefusesFilesThatAreNotReadableToml) {
  EXPECT_EQ(problems_of({.file = data("absent.toml")}), (std::vector<Found>{{Fault::unreadable, 0, ""}}));
  EXPECT_EQ(problems_of({.file = data("")}), (std::vector<Found>{{Fault::unreadable, 0, ""}}));
  EXPECT_EQ(problems_of({.file = data("syntax.toml")}), (std::vector<Found>{{Fault::syntax, 3, ""}}));
}

TEST(Configuration, RefusesTablesInPlaceOfValues) {
  const std::vector<Found> expected = {
      {Fault::unknown_key, 1, "sip"}, {Fault::unknown_key, 3, "data.dir.path"}, {Fault::unknown_key, 4, "http"}};
  EXPECT_EQ(problems_of({.file = data("shapes.toml")}), expected);
}

TEST(Configuration, RefusesCrossedPorts) {
  EXPECT_EQ(problems_of({.file = data("crossed_ports.toml")}), (std::vector<Found>{{Fault::out_of_range, 4, "media.port_max"}}));
  EXPECT_EQ(problems_of({.overrides = {"media.port_min=19000"}}),
            (std::vector<Found>{{Fault::out_of_range, 0, "media.port_max"}}));
}

TEST(Configuration, EveryDeclaredKeyIsSound) {
  std::string_view previous;
  for (const ConfigurationKey& key : configuration_keys()) {
    EXPECT_LT(previous, key.name);
    EXPECT_FALSE(key.doc.empty()) << key.name;
    previous = key.name;
    if (key.is_later || key.kind != ConfigurationKey::Kind::integer) continue;
    const auto loaded = Configuration::load({.overrides = {std::string(key.name) + "=" + std::string(key.fallback)}});
    EXPECT_TRUE(loaded) << key.name;
  }
}

TEST(ConfigurationDeathTest, UndeclaredKeysAbort) {
  const auto loaded = Configuration::load({});
  EXPECT_DEATH((void)loaded->integer("sip.users.prot"), "assertion failed");
  EXPECT_DEATH((void)loaded->text("sip.users.port"), "assertion failed");
}

}  // namespace
}  // namespace carillon
