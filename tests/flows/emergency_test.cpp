// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: nothing that keeps calls keeps one for help: every blocker, with every kind of account, in every way of asking for it. An
// ordinary call shows each time that the blocker blocks (reliability, section 6.1).
#include <gtest/gtest.h>

#include "flows/scene.hpp"
#include "mediaclient/local_client.hpp"
#include "roles/signalling/call_commands.hpp"

namespace carillon::flows {
namespace {

constexpr std::string_view ordinary = "0944944944";

/// Of the list of section 6.1, and what keeps calls besides. Not there yet: credit, time conditions of routes.
struct Blocker {
  std::string_view name;
  std::string_view sql = {};            ///< {} is the account's customer.
  bool is_about_users = false;          ///< Nothing to those that are nobody's.
  bool keeps_ordinary_calls = true;     ///< False: those of this account go through as well, as they should.
  std::string_view dialled = ordinary;  ///< By the ordinary call.
  void (*set)(Scene& scene, Phone& caller) = nullptr;
  bool is_registered = true;     ///< The telephone stays so; else nothing can ring there.
  std::string_view before = {};  ///< As `sql`, before the first call.
  std::size_t calls_max = 0;     ///< Of the shard, when not zero.
  std::string_view not_of = {};  ///< A kind of account whose ordinary calls it does not keep.
};

void PrintTo(const Blocker& blocker, std::ostream* out) {
  *out << blocker.name;
}

/// More than anybody may send, from the host of the telephone.
void flood(Scene& scene, const net::Address& host, const std::string& text, int count) {
  struct Silent final : net::UdpSocket::Receiver {
    void on_datagram(net::UdpSocket&, const net::Address&, std::string_view) override {}
  } silent;
  test::SimulatedNetwork network(scene.platform.wire, {host.with_port(0)});
  const auto socket = *network.bind_udp(host.with_port(5999), silent);
  for (int i = 0; i < count; ++i) socket->send_from(socket->local(), Platform::sip_address(), text);
  scene.platform.loop.run_for(20ms);
}

void guess_passwords(Scene& scene, Phone& caller) {
  Phone::Account wrong = scene.kind.login;
  wrong.password = "wrong";
  const auto guesser = scene.make_phone(wrong);
  for (int i = 0; i < 40; ++i) {
    guesser->register_for(60);
    scene.platform.loop.run_for(100ms);
  }
  flood(scene, caller.host(), "OPTIONS sip:x SIP/2.0\r\n\r\n", 1);
}

/// Other calls have all ports that they may have.
void take_all_ports(Scene& scene, Phone&) {
  struct Unheard final : mediaclient::Client::Listener {
    void on_media_timeout(mediaclient::LegId, Duration) override {}
    void on_media_ended(CallId, mediaclient::EndReason, const std::vector<mediaclient::LegStatistics>&) override {}
    void on_media_lost(CallId) override {}
  };
  static Unheard unheard;
  Loop& loop = scene.platform.loop;
  auto client = std::make_shared<mediaclient::LocalClient>(scene.platform.network, "/run/media-control.sock", unheard);
  bool is_full = false;
  const auto take = [&]() -> Task<> {
    mediaclient::LegSpec spec;
    spec.streams.resize(1);
    while (!is_full) {
      const auto ports = co_await client->create_pair(make_call_id(loop.wall()), spec, spec);
      is_full = !ports;
    }
  };
  Scope taking(loop, [](const Broken&) {});
  taking.spawn(take());
  EXPECT_TRUE(scene.becomes([&] { return is_full; }, 10s));
  EXPECT_GT(scene.platform.media->engine().counters().ports_leased, 400U);
  scene.hold(client);
}

void keep_roadwarriors_out(Scene& scene, Phone&) {
  scene.run("UPDATE users SET non_granted_ip_calls = 0");
}

const Blocker blockers[] = {
    {"user_max_calls", "UPDATE users SET max_calls = 1 WHERE customer = {}", true, false},
    {"do_not_disturb", "UPDATE users SET do_not_disturb = 1 WHERE customer = {}", true, false},
    {"terminal_max_calls", "UPDATE terminals SET max_calls = 1 WHERE customer = {}"},
    {"customer_max_calls", "UPDATE customers SET max_calls = 1 WHERE id = {}"},
    {"customer_external_limit", "UPDATE customers SET max_external_calls = 1 WHERE id = {}"},
    {"brand_external_limit", "UPDATE brands SET max_calls = 1"},
    // Two calls of the account's are there already.
    {.name = "customer_calls_per_minute", .before = "UPDATE customers SET max_calls_per_minute = 2 WHERE id = {}"},
    {.name = "user_calls_per_minute",
     .is_about_users = true,
     .before = "UPDATE users SET max_calls_per_minute = 2 WHERE customer = {}"},
    {.name = "terminal_calls_per_minute", .before = "UPDATE terminals SET max_calls_per_minute = 2 WHERE customer = {}"},
    {.name = "brand_calls_per_minute", .before = "UPDATE brands SET max_calls_per_minute = 2"},
    {.name = "denied_numbers", .sql = "UPDATE customers SET denied_numbers = 9202 WHERE id = {}"},
    {"carrier_limit", "UPDATE carriers SET max_calls = 1"},
    {.name = "ip_filter",
     .sql = "UPDATE customers SET ip_filter = 1 WHERE id = {}",
     .set = &keep_roadwarriors_out,
     .is_registered = false},
    {.name = "roadwarrior_limit",
     .sql = "UPDATE users SET non_granted_ip_calls = 2 WHERE customer = {}",
     .is_about_users = true,
     .before = "UPDATE customers SET ip_filter = 1 WHERE id = {}"},
    {.name = "foreign_country",
     .sql = "UPDATE customers SET allowed_countries = 'PT', ip_filter = 1 WHERE id = {}",
     .set =
         [](Scene& scene, Phone& caller) {
           scene.platform.place("198.51.100.0/24", "RU");
           keep_roadwarriors_out(scene, caller);
         },
     .is_registered = false},
    {"acl_denies_all", "UPDATE users SET call_acl = 9200 WHERE customer = {}", true},
    {"user_lock_foreign", "UPDATE users SET lock = 'foreign' WHERE customer = {}", true},
    {"user_lock_outgoing", "UPDATE users SET lock = 'outgoing' WHERE customer = {}", true},
    {"user_lock_all", "UPDATE users SET lock = 'all' WHERE customer = {}", true},
    {"user_lock_global", "UPDATE users SET lock = 'global' WHERE customer = {}", true},
    {"user_lock_ported", "UPDATE users SET lock = 'ported' WHERE customer = {}", true},
    {"customer_lock_foreign", "UPDATE customers SET lock = 'foreign' WHERE id = {}"},
    {"customer_lock_outgoing", "UPDATE customers SET lock = 'outgoing' WHERE id = {}"},
    {"customer_lock_all", "UPDATE customers SET lock = 'all' WHERE id = {}"},
    {"customer_lock_global", "UPDATE customers SET lock = 'global' WHERE id = {}"},
    {"customer_lock_ported", "UPDATE customers SET lock = 'ported' WHERE id = {}"},
    {"customer_suspended", "UPDATE customers SET status = 'locked' WHERE id = {}"},
    {"brand_suspended", "UPDATE brands SET status = 'locked'"},
    {"no_ddi", "UPDATE customers SET outgoing_ddi = NULL WHERE id = {}", false, true, ordinary,
     [](Scene& scene, Phone&) { scene.run("UPDATE users SET outgoing_ddi = NULL"); }},
    {.name = "prefix_not_dialled", .dialled = "944944944", .not_of = "pbx"},
    {.name = "no_price",
     .sql = "UPDATE customers SET features = (SELECT features FROM customers WHERE name = 'DemoCompany') WHERE id = {}",
     .set = [](Scene& scene, Phone&) { scene.run("DELETE FROM plan_assignments"); }},
    {"no_route", "DELETE FROM outgoing_routes"},
    {"blocking_route", "UPDATE outgoing_routes SET mode = 'block', carrier = NULL, target_pattern = 9201"},
    {"flooded_address",
     {},
     false,
     false,
     ordinary,
     [](Scene& scene, Phone& caller) { flood(scene, caller.host(), "OPTIONS sip:x SIP/2.0\r\n\r\n", 3000); }},
    {"guessed_passwords", {}, false, false, ordinary, &guess_passwords},
    {.name = "full_shard", .calls_max = 3},
    {.name = "no_media_ports", .set = &take_all_ports},
    {"drain", {}, false, true, ordinary, [](Scene& scene, Phone&) { scene.platform.shard->drain(true); }},
    {"full_disk", {}, false, true, ordinary, [](Scene& scene, Phone&) { scene.platform.journal.is_full = true; }},
    {"stalled_disk", {}, false, true, ordinary, [](Scene& scene, Phone&) { scene.platform.journal.is_stalled = true; }},
};

/// Ways of dialling it; behind them comes whoever is sent there, by REFER or from a screen.
struct Way {
  std::string_view name;
  std::string dialled;
};
const Way ways[] = {{"number", "112"},           {"outbound prefix", "0112"},
                    {"separators", "1-1-2"},     {"tel", "tel:112;phone-context=+34"},
                    {"name", "urn:service:sos"}, {"named service", "URN:service:sos.fire"}};

class Emergency : public ::testing::TestWithParam<std::tuple<Blocker, AccountKind>> {
 public:
  static void TearDownTestSuite() { RecordProperty("cells", cells_); }

 protected:
  Emergency() {
    scene_.run("UPDATE customers SET outbound_prefix = '0'");
    scene_.run("UPDATE brands SET max_calls = 100");  // Counted as long as there is a limit.
    scene_.run("UPDATE carriers SET max_calls = 100");
    scene_.run("INSERT INTO call_acls SELECT 9200, brand, id, 'none', 'deny' FROM customers WHERE name = 'DemoCompany'");
    scene_.run("INSERT INTO target_patterns SELECT 9201, id, 'all', '', 'regex', '^.*$', 0 FROM brands WHERE name = 'DemoBrand'");
    scene_.run(
        "INSERT INTO match_lists (id, brand, name, description) SELECT 9202, id, 'every number', '' FROM brands "
        "WHERE name = 'DemoBrand'");
    scene_.run(
        "INSERT INTO match_entries (id, brand, match_list, kind, value, description) SELECT 9203, brand, id, 'regex', "
        "'^.*$', '' FROM match_lists WHERE id = 9202");
    if (blocker_.calls_max == 0) return;
    scene_.platform.tune = [this](roles::Shard::Settings& settings) { settings.calls_max = blocker_.calls_max; };
    scene_.platform.restart_signalling();
  }

  /// Somebody to be sent elsewhere talks with the account, and another of its devices with the world.
  void begin_calls() {
    scene_.run("UPDATE users SET non_granted_ip_calls = 3");
    run_for_customer(blocker_.before);
    scene_.register_phone(*carol_);
    scene_.register_phone(*caller_);
    holder_->call(outside("0950950950"));
    ASSERT_TRUE(scene_.becomes([&] { return carol_->is_invited; })) << holder_->call_status;
    carol_->answer();
    ASSERT_TRUE(scene_.becomes([&] { return holder_->is_answered; }));
    filler_->call(outside(ordinary));
    ASSERT_TRUE(scene_.becomes([&] { return scene_.carrier.is_invited; }));
    scene_.carrier.answer();
    ASSERT_TRUE(scene_.becomes([&] { return filler_->is_answered; }));
  }

  /// As the account dials it: a PBX has its own prefix, and takes it off.
  std::string outside(std::string_view number) const {
    const bool is_bare = scene_.kind.name == "pbx" && number.starts_with('0');
    return std::string(is_bare ? number.substr(1) : number);
  }

  void run_for_customer(std::string_view sql) {
    std::string text(sql);
    if (const std::size_t at = text.find("{}"); at != std::string::npos) text.replace(at, 2, scene_.its_customer());
    if (!text.empty()) scene_.run(text);
  }

  void block() {
    run_for_customer(blocker_.sql);
    if (blocker_.set != nullptr) blocker_.set(scene_, *caller_);
  }

  void dial(const std::string& number) {
    scene_.carrier.is_invited = false;
    caller_->call(number);
  }

  void call_as_ever() {
    dial(outside(blocker_.dialled));
    if (blocker_.keeps_ordinary_calls && scene_.kind.name != blocker_.not_of) {
      EXPECT_TRUE(scene_.becomes([&] { return caller_->call_status >= 300; }, 5s)) << caller_->call_status;
      EXPECT_FALSE(scene_.carrier.is_invited);
      return;
    }
    ASSERT_TRUE(scene_.becomes([&] { return scene_.carrier.is_invited; }, 5s)) << caller_->call_status;
    scene_.carrier.reject(486);
    EXPECT_TRUE(scene_.becomes([&] { return caller_->call_status == 486; }));
  }

  /// The carrier gets the call with the right numbers, and whoever calls talks with it.
  void expect_help(const Phone& caller, std::string_view way) {
    ++cells_;
    Phone& carrier = scene_.carrier;
    ASSERT_TRUE(scene_.becomes([&] { return carrier.is_invited; }, 5s)) << way << " " << caller.call_status;
    EXPECT_EQ(carrier.called, "112") << way;
    EXPECT_EQ(carrier.caller, scene_.kind.ddi) << way;
    EXPECT_EQ(carrier.header("P-Asserted-Identity"), fmt::format("<sip:{}@192.0.2.1>", scene_.kind.ddi)) << way;
    carrier.answer();
    ASSERT_TRUE(scene_.becomes([&] { return carrier.is_answered; }, 5s)) << way;
    scene_.platform.loop.run_for(300ms);
    carrier.hang_up();
    EXPECT_TRUE(scene_.becomes([&] { return carrier.hang_up_status == 200; })) << way;
  }

  void click_to_dial() {
    scene_.carrier.is_invited = false;
    const auto& terminal = *find_terminal();
    control::CallsOriginate::Params params;
    params.terminal = terminal.id;
    params.to = "112";
    const auto answer = roles::originate_call(*scene_.platform.shard, params);
    ASSERT_TRUE(answer);
    if (!blocker_.is_registered) {
      EXPECT_EQ(answer->outcome, control::CallOutcome::offline);
      return;
    }
    EXPECT_EQ(answer->outcome, control::CallOutcome::under_way);
    ASSERT_TRUE(scene_.becomes([&] { return caller_->is_invited; }));
    caller_->answer();
    expect_help(*caller_, "click to dial");
  }

  void transfer() {
    scene_.carrier.is_invited = false;
    holder_->transfer("112");
    expect_help(*holder_, "transfer");
    EXPECT_TRUE(scene_.becomes([&] { return carol_->is_hung_up; }));
  }

  const directory::Terminal* find_terminal() {
    for (const auto& brand : scene_.platform.shard->snapshot()->brands())
      for (const auto& customer : brand->customers)
        if (const auto* terminal = customer->find_terminal(scene_.kind.login.user)) return terminal;
    return nullptr;
  }

  const Blocker blocker_ = std::get<0>(GetParam());
  Scene scene_{std::get<1>(GetParam())};
  std::unique_ptr<Phone> caller_ = scene_.make_phone(), holder_ = scene_.make_phone(), filler_ = scene_.make_phone();
  std::unique_ptr<Phone> carol_ = scene_.make_phone({.user = "carol", .password = "carol", .domain = "other.example"});
  inline static int cells_ = 0;
};

TEST_P(Emergency, NothingKeepsIt) {
  if (blocker_.is_about_users && !scene_.kind.has_user) GTEST_SKIP() << "a telephone of nobody's";
  ASSERT_NO_FATAL_FAILURE(begin_calls());
  block();
  ASSERT_NO_FATAL_FAILURE(call_as_ever());
  for (const Way& way : ways) {
    dial(way.dialled);
    ASSERT_NO_FATAL_FAILURE(expect_help(*caller_, way.name));
    EXPECT_TRUE(scene_.becomes([&] { return caller_->is_hung_up; })) << way.name;
  }
  ASSERT_NO_FATAL_FAILURE(click_to_dial());
  ASSERT_NO_FATAL_FAILURE(transfer());
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<Blocker, AccountKind>>& info) {
  return fmt::format("{}_{}", std::get<0>(info.param).name, std::get<1>(info.param).name);
}

INSTANTIATE_TEST_SUITE_P(Flows, Emergency,
                         ::testing::Combine(::testing::ValuesIn(blockers), ::testing::ValuesIn(account_kinds())), name_of);

}  // namespace
}  // namespace carillon::flows
