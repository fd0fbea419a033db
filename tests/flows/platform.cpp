// SPDX-License-Identifier: GPL-3.0-or-later
#include "flows/platform.hpp"

#include <algorithm>
#include <map>

#include "model/number.hpp"
#include "net/loop.hpp"
#include "roles/signalling/unfinished_calls.hpp"
#include "roles/snapshot_loader.hpp"
#include "store/credentials.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::flows {

namespace {

constexpr std::string_view host = "192.0.2.1";
constexpr std::string_view host_v6 = "2001:db8:2::1";
constexpr std::string_view media_socket = "/run/media-control.sock";

constexpr store::DemoOptions demo{.subscribers = 3};

/// A commit takes a moment, as on a disk.
constexpr Duration commit_time = 2ms;

media::Engine::Config media_configuration() {
  media::Engine::Config configuration;
  configuration.hosts = {*net::Address::parse(host, 0), *net::Address::parse(host_v6, 0)};
  configuration.ports = {.min = 13000, .max = 13999};
  configuration.listeners = {Platform::sip_address(), Platform::trunk_address()};
  return configuration;
}

}  // namespace

Task<bool> MemoryJournal::commit(journal::Record record) {
  records_.push_back(std::move(record));
  constexpr Duration patience = 2s;  // As the real one's.
  const bool is_durable = !is_stalled;
  const Duration time = is_durable ? commit_time : patience;
  co_await sleep(loop_, time);
  co_return is_durable;
}

std::vector<MemoryJournal::EndedCall> MemoryJournal::ended_calls() const {
  std::vector<EndedCall> calls;
  for (const journal::Record& record : records_) {
    const auto* ended = std::get_if<journal::Ended>(&record);
    if (ended == nullptr) continue;
    EndedCall& call = calls.emplace_back();
    call.ended = *ended;
    for (const journal::Record& other : records_) {
      if (journal::call_of(other) != ended->call) continue;
      if (const auto* setup = std::get_if<journal::Setup>(&other)) call.setup = *setup;
      if (std::holds_alternative<journal::Answered>(other)) call.is_answered = !ended->unheard;
      if (std::holds_alternative<journal::Dialog>(other)) ++call.dialogs;
    }
  }
  return calls;
}

std::vector<journal::UnfinishedCall> MemoryJournal::unfinished_calls() const {
  std::map<CallId, journal::UnfinishedCall> calls;
  for (const journal::Record& record : records_) {
    const CallId id = journal::call_of(record);
    if (const auto* alive = std::get_if<journal::Alive>(&record))
      for (const CallId each : alive->calls)
        if (calls.contains(each)) calls[each].alive_at = alive->at;
    if (const auto* setup = std::get_if<journal::Setup>(&record)) calls[id].setup = *setup;
    const auto found = calls.find(id);
    if (found == calls.end()) continue;
    journal::UnfinishedCall& call = found->second;
    if (const auto* reserved = std::get_if<journal::Reserved>(&record)) call.reserved = *reserved;
    if (const auto* answered = std::get_if<journal::Answered>(&record)) call.answered = *answered;
    if (const auto* dialog = std::get_if<journal::Dialog>(&record)) {
      std::erase_if(call.dialogs, [dialog](const auto& each) { return each.leg == dialog->leg; });
      call.dialogs.push_back(*dialog);
    }
    if (const auto* ringing = std::get_if<journal::Ringing>(&record)) {
      std::erase_if(call.ringing, [ringing](const auto& each) { return each.leg == ringing->leg; });
      call.ringing.push_back(*ringing);
    }
    if (std::holds_alternative<journal::Ended>(record)) calls.erase(found);
  }
  std::vector<journal::UnfinishedCall> unfinished;
  for (auto& [id, call] : calls) unfinished.push_back(std::move(call));
  std::ranges::sort(unfinished, std::ranges::greater(), [](const auto& call) { return call.setup.started_at; });
  return unfinished;
}

std::shared_ptr<const directory::Snapshot> load(testing::SampleDatabase& database) {
  auto snapshot = roles::load_snapshot(*database);
  EXPECT_TRUE(snapshot) << snapshot.error().what;
  return *snapshot;
}

/// Made once, since keys take their time; the platform believes it and nothing else.
struct Certificates {
  static Certificates& all() {
    static Certificates made;
    return made;
  }
  testing::TemporaryDirectory directory;
  net::TlsFiles files{directory.path() / "certificate.pem", directory.path() / "key.pem"};
  Result<> is_made = net::make_self_signed_certificate(files, {"sip.operator.example"}, net::AsioLoop().wall());
  std::unique_ptr<net::TlsContext> shown = net::TlsContext::load(files).value();
  std::unique_ptr<net::TlsTrust> believed = net::TlsTrust::load(files.certificate).value();
};

std::shared_ptr<const directory::Snapshot> demo_company() {
  static const std::shared_ptr<const directory::Snapshot> company = [] {
    testing::SampleDatabase database(demo);
    return load(database);
  }();
  return company;
}

bool Platform::configure(std::string_view table, std::string_view name, std::string_view field, std::string_view value) {
  auto statement = database()->prepare(fmt::format("UPDATE {} SET {} = ? WHERE name = ?", table, field));
  if (!statement) return false;
  (*statement)->bind(1, value);
  (*statement)->bind(2, name);
  if (!(*statement)->run()) return false;
  publish();
  return true;
}

bool Platform::execute(const std::string& sql) {
  auto statement = database()->prepare(sql);
  if (!statement || !(*statement)->run()) return false;
  publish();
  return true;
}

void Platform::grant(std::string_view range) {
  auto statement = database()->prepare(
      "INSERT INTO networks SELECT (SELECT count(*) + 1 FROM networks), brand, id, ?, '' FROM customers ORDER BY id LIMIT 1");
  (*statement)->bind(1, range);
  EXPECT_TRUE((*statement)->run());
  publish();
}

void Platform::place(std::string_view range, std::string_view country) {
  places_.emplace_back(range, country);
  publish();
}

testing::SampleDatabase& Platform::database() {
  if (!database_) database_ = std::make_unique<testing::SampleDatabase>(demo);
  return *database_;
}

void Platform::publish() {
  company_ = load(*database_);
  if (!places_.empty()) {
    const testing::TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "countries.mmdb";
    testing::CountryFileWriter::write(file, places_);
    directory::Builder builder(*company_);
    builder.set_countries(directory::CountryDatabase::open(file).value());
    company_ = std::move(builder).build(company_->change()).value();
  }
  if (shard) shard->set_snapshot(company_);
}

void Platform::add_server(const std::string& carrier, const std::string& address) {
  const auto run = [this](const std::string& sql) { EXPECT_TRUE(execute(sql)) << sql; };
  const std::string brand = "(SELECT id FROM brands WHERE name = 'DemoBrand')";
  const std::string its = fmt::format("(SELECT id FROM carriers WHERE name = '{}')", carrier);
  run(fmt::format(
      "INSERT INTO carriers (id, brand, name, description, transformation_set, active, externally_rated, max_calls, trusted, "
      "diversion) SELECT count(*) + 1, {0}, '{1}', '', (SELECT min(id) FROM transformation_sets), 1, 0, 0, 0, "
      "'network' FROM carriers WHERE NOT EXISTS (SELECT 1 FROM carriers WHERE name = '{1}') HAVING count(*) >= 0 AND "
      "NOT EXISTS (SELECT 1 FROM carriers WHERE name = '{1}')",
      brand, carrier));
  run(fmt::format(
      "INSERT INTO outgoing_routes (id, brand, customer, target_pattern, target_group, mode, carrier, priority, weight, stopper, "
      "description) SELECT (SELECT count(*) + 1 FROM outgoing_routes), {0}, NULL, (SELECT id FROM "
      "target_patterns WHERE pattern = '+34'), NULL, 'carrier', {1}, 1, 1, 0, '' WHERE NOT EXISTS (SELECT 1 FROM "
      "outgoing_routes WHERE carrier = {1})",
      brand, its));
  // The demo's own server gives its place to the first.
  run(fmt::format("DELETE FROM carrier_servers WHERE carrier = {} AND host = '127.0.0.1'", its));
  run(fmt::format(
      "INSERT INTO carrier_servers (id, brand, carrier, host, port, scheme, transport, outbound_proxy, priority, weight, active, "
      "probe, source, username, realm, ha1_md5, ha1_sha256, send_pai, send_rpid, strip, prefix, uri_parameters, from_user, "
      "from_domain) SELECT (SELECT count(*) + 1 FROM carrier_servers), {}, {}, '{}', 5060, 'sip', 'udp', "
      "'', 0, 1, 1, 0, 1, '', '', '', '', 1, 0, 0, '', '', '', ''",
      brand, its, address));
}

void Platform::add_registration(const std::string& carrier, const std::string& address, const std::string& user,
                                const std::string& password, const std::string& realm) {
  const store::Ha1 ha1 = store::digest_ha1(user, realm, password);
  const std::string sql = fmt::format(
      "INSERT INTO carrier_registrations (id, brand, carrier, username, domain, host, port, transport, outbound_proxy, "
      "contact_user, auth_username, realm, ha1_md5, ha1_sha256, expires, active) SELECT 9100 + (SELECT count(*) FROM "
      "carrier_registrations), brand, id, '{0}', 'carrier.example', '{1}', 0, 'any', '', 'at-{0}', '', '{2}', '{3}', '{4}', "
      "3600, "
      "1 FROM carriers WHERE name = '{5}'",
      user, address, realm, realm.empty() ? "" : ha1.md5.reveal(), realm.empty() ? "" : ha1.sha256.reveal(), carrier);
  EXPECT_TRUE(execute(sql)) << sql;
}

trunk::RegistrationState Platform::registration(const std::string& user) const {
  for (const auto& brand : company_->brands())
    for (const auto& carrier : brand->routing->carriers())
      for (const model::CarrierRegistration& each : carrier->registrations)
        if (each.username == user) return shard->carrier_registrations().state_of(each.id);
  return {};
}

void Platform::add_company(const std::string& account, const std::string& number) {
  const auto run = [this](const std::string& sql) { EXPECT_TRUE(execute(sql)) << sql; };
  const store::Ha1 ha1 = store::digest_ha1(account, "other.example", account);
  run("INSERT INTO brands (id, name, language, time_zone, currency) VALUES (9000, 'OtherBrand', 'es', 'Europe/Madrid', 'EUR')");
  // A multiple of 256: its slot is 0, which is a slot like others.
  run("INSERT INTO customers (id, brand, kind, name, country, country_code, time_zone, currency, language) VALUES (9216, 9000, "
      "'vpbx', 'Other', 'ES', '34', '', '', '')");
  run("INSERT INTO domains (id, brand, customer, name) VALUES (9002, 9000, 9216, 'other.example')");
  run(fmt::format(
      "INSERT INTO terminals (id, brand, customer, domain, name, ha1_md5, ha1_sha256, max_contacts) VALUES (9003, 9000, "
      "9216, 9002, '{}', '{}', '{}', 0)",
      account, ha1.md5.reveal(), ha1.sha256.reveal()));
  run("INSERT INTO targets (id, brand, customer, kind) VALUES (9004, 9000, 9216, 'user')");
  run(fmt::format(
      "INSERT INTO users (id, brand, customer, name, last_name, email, password_hash, terminal, active) VALUES (9004, "
      "9000, 9216, '{}', '', '', '', 9003, 1)",
      account));
  run(fmt::format("INSERT INTO ddis SELECT 9005, 9000, 9216, '{}', 'ES', NULL, '', 9004, '', 'es', 'none', 0", number));
}

void Platform::share_source(const std::string& address, const std::string& search, const std::string& replacement) {
  const auto run = [this](const std::string& sql) { EXPECT_TRUE(execute(sql)) << sql; };
  run("INSERT INTO transformation_sets VALUES (9010, 9000, 'Its own', '', '', '', '', '', '', 0)");
  run(fmt::format("INSERT INTO transformation_rules VALUES (9011, 9000, 9010, 'callee_in', 1, '{}', '{}', '')", search,
                  replacement));
  run("INSERT INTO carriers (id, brand, name, description, transformation_set, active, externally_rated, max_calls, trusted) "
      "VALUES (9012, 9000, 'Shared', '', 9010, 1, 0, 0, 0)");
  run(fmt::format("INSERT INTO carrier_sources VALUES (9013, 9000, 9012, '{}', 0, '')", address));
}

void Platform::add_block(const std::string& brand, const std::string& prefix) {
  const std::string sql = fmt::format(
      "INSERT INTO number_blocks SELECT (SELECT count(*) + 1 FROM number_blocks), id, '{}', '', '', {}, {} FROM brands WHERE "
      "name = "
      "'{}'",
      prefix, model::least_number(prefix), model::greatest_number(prefix), brand);
  EXPECT_TRUE(execute(sql)) << sql;
}

void Platform::add_terminal(const std::string& account, const std::string& kind, const std::string& domain) {
  const store::Ha1 ha1 = store::digest_ha1(account, domain, account);
  const std::string its = fmt::format("FROM domains WHERE name = '{}'", domain);
  const std::string customer =
      fmt::format("coalesce(customer, (SELECT id FROM customers WHERE kind = 'retail' AND brand = domains.brand))");
  const std::string id = "(SELECT count(*) + 7000 FROM targets)";
  EXPECT_TRUE(execute(fmt::format(
      "INSERT INTO terminals (id, brand, customer, domain, name, kind, ha1_md5, ha1_sha256, max_contacts) SELECT {}, brand, {}, "
      "id, '{}', '{}', '{}', '{}', 0 {}",
      id, customer, account, kind, ha1.md5.reveal(), ha1.sha256.reveal(), its)));
  EXPECT_TRUE(execute(fmt::format(
      "INSERT INTO targets (id, brand, customer, kind) SELECT id, brand, customer, 'terminal' FROM terminals WHERE name = '{}'",
      account)));
}

void Platform::add_pbx(const std::string& account) {
  add_terminal(account, "pbx", "users.democompany.com");
}

void Platform::add_retail_account(const std::string& account, const std::string& number) {
  const auto run = [this](const std::string& sql) { EXPECT_TRUE(execute(sql)) << sql; };
  const std::string brand = "SELECT min(id) FROM brands";
  run(
      fmt::format("INSERT INTO domains (id, brand, name) SELECT 8001, ({}), 'brand.example' WHERE NOT EXISTS (SELECT 1 FROM "
                  "domains WHERE id = 8001)",
                  brand));
  run(
      fmt::format("INSERT INTO customers (id, brand, kind, name, country, country_code, time_zone, currency, language, "
                  "transformation_set) SELECT 8002, ({}), 'retail', 'Homes', 'ES', '34', '', '', '', (SELECT min(id) FROM "
                  "transformation_sets) WHERE NOT EXISTS (SELECT 1 FROM customers WHERE id = 8002)",
                  brand));
  add_terminal(account, "telephone", "brand.example");
  run(
      fmt::format("INSERT INTO ddis SELECT (SELECT count(*) + 8100 FROM ddis), brand, customer, '{}', 'ES', NULL, '', id, '', "
                  "'es', 'none', 0 FROM terminals WHERE name = '{}'",
                  number, account));
}

void Platform::add_price(const std::string& plan, const std::string& prefix) {
  const auto run = [this](const std::string& sql) { EXPECT_TRUE(execute(sql)) << sql; };
  const std::string brand = "(SELECT id FROM brands WHERE name = 'DemoBrand')";
  run(fmt::format(
      "INSERT INTO pricing_plans SELECT (SELECT count(*) + 1 FROM pricing_plans), {}, '{}', '', 'EUR' WHERE NOT EXISTS "
      "(SELECT 1 FROM pricing_plans WHERE name = '{}')",
      brand, plan, plan));
  run(
      fmt::format("INSERT INTO prices SELECT (SELECT count(*) + 1 FROM prices), {}, (SELECT id FROM pricing_plans WHERE name = "
                  "'{}'), '{}', '{}', 0, 10000, 60",
                  brand, plan, prefix, prefix));
}

void Platform::assign_plan(const std::string& plan, int metric) {
  const std::string sql = fmt::format(
      "INSERT INTO plan_assignments SELECT (SELECT count(*) + 1 FROM plan_assignments), brand, id, (SELECT id FROM "
      "pricing_plans WHERE name = '{}'), NULL, NULL, {} FROM customers WHERE name = 'DemoCompany'",
      plan, metric);
  EXPECT_TRUE(execute(sql)) << sql;
}

net::TlsContext& Platform::carriers_tls() {
  return *Certificates::all().shown;
}

net::Address Platform::trunk_address() {
  return *net::Address::parse(host, 7060);
}

net::Address Platform::trunk_address_v6() {
  return *net::Address::parse(host_v6, trunk_address().port);
}

net::Address Platform::sip_address() {
  return *net::Address::parse(host, 5060);
}

Platform::Platform(std::uint64_t seed)
    : wire(loop, seed), network(wire, {*net::Address::parse(host, 0), *net::Address::parse(host_v6, 0)}), journal(loop) {
  restart_media();
  start_signalling();
}

void Platform::restart_media() {
  auto bind = [this](const net::Address& address, net::UdpSocket::Receiver& receiver) {
    return network.bind_udp(address, receiver);
  };
  media.reset();
  media = *media::ControlServer::open(network, std::string(media_socket), bind, media_configuration());
}

void Platform::restart_signalling() {
  stop_signalling();
  start_signalling();
}

void Platform::start_signalling() {
  roles::Shard::Settings settings;
  settings.agent.addresses = {sip_address()};
  settings.agent.trunk_addresses = {trunk_address()};
  settings.agent.trunk_tls_port = trunk_tls_port;
  // A test starts thousands of platforms, and in each a handful of phones: large tables would be most of the work.
  settings.agent.remembered = 256;
  settings.agent.transactions = {.servers_max = 4096, .clients_max = 4096};
  settings.media_socket = media_socket;
  const std::vector<std::string> carriers{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"};
  settings.trunks.carriers = outbound::AddressPolicy(carriers);
  if (tune) tune(settings);
  shard = *roles::Shard::open({.loop = loop,
                               .network = network,
                               .journal = journal,
                               .registrations = journal,
                               .surroundings = {.trust = Certificates::all().believed.get()},
                               .subscriptions = &journal,
                               .resolver = &names},
                              std::move(settings));
  for (const journal::Registration& record : journal.registrations()) shard->registrar().restore(record);
  for (const journal::Subscription& record : journal.subscriptions()) shard->take_up(record);
  for (journal::UnfinishedCall& call : journal.unfinished_calls()) {
    if (call.answered) {
      shard->take_up(std::move(call));
    } else {
      shard->say_farewell(call);
      journal.append(roles::end_of(call));
    }
  }
  shard->set_snapshot(company_);
  loop.run_for(100ms);
}

std::string Platform::leftovers() const {
  std::string left;
  const auto check = [&left](std::string_view what, std::size_t count) {
    if (count != 0) left += fmt::format("{} {} left; ", count, what);
  };
  check("calls", shard->call_count());
  check("server transactions", shard->agent().transactions().server_count());
  check("client transactions", shard->agent().transactions().client_count());
  check("dialogs", shard->agent().dialog_count() - shard->notifier().size());
  check("media port pairs", media->engine().counters().ports_leased);
  check("media calls", media->engine().counters().calls);
  return left;
}

}  // namespace carillon::flows
