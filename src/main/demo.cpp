// SPDX-License-Identifier: GPL-3.0-or-later
// `carillon demo`: the platform with accounts that everybody knows, and therefore on loopback alone.
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "main/commands.hpp"
#include "main/exit_status.hpp"
#include "main/node.hpp"
#include "model/brand.hpp"
#include "roles/supervisor/data_directory.hpp"
#include "store/demo_data.hpp"
#include "store/table.hpp"

namespace carillon::main {

namespace {

/// Every key of addresses holds loopback addresses; else the name of one that does not.
std::optional<std::string> open_address(const Configuration& configuration) {
  for (const ConfigurationKey& key : configuration_keys()) {
    const bool is_listener = key.kind == ConfigurationKey::Kind::addresses && !key.is_later;
    if (!is_listener) continue;
    for (const std::string& text : configuration.addresses(key.name)) {
      const auto address = net::Address::parse(text, 0);
      if (!address || !address->is_loopback()) return fmt::format("{} = {}", key.name, text);
    }
  }
  return std::nullopt;
}

/// A directory that goes away again when it was not used.
class FreshDirectory {
 public:
  FreshDirectory() = default;
  FreshDirectory(const FreshDirectory&) = delete;
  FreshDirectory& operator=(const FreshDirectory&) = delete;
  ~FreshDirectory() {
    std::error_code in_use;
    if (!path_.empty()) std::filesystem::remove(path_, in_use);
  }
  bool make() {
    std::string name = "/tmp/carillon-demo-XXXXXX";
    if (mkdtemp(name.data()) != nullptr) path_ = name;
    return !path_.empty();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<> load_demo(store::Database& database, const Demo& demo) {
  CARILLON_TRY(brands, store::count(database, {}, model::resource_of<model::Brand>, {}));
  if (brands > 0) return {};
  const store::DemoOptions options{.subscribers = demo.subscribers, .tenants = demo.tenants};
  return store::load_demo_data(database, options, system_wall_time());
}

void print_instructions(const Configuration& configuration, const Demo& demo, const std::vector<net::Address>& metrics) {
  const std::string sip = addresses_of(configuration, "sip.users.address", "sip.users.port").front().to_string();
  const std::int64_t tls_port = configuration.integer("sip.users.tls_port");
  const std::string tls = tls_port == 0 ? "" : fmt::format(", or TLS on port {} (self-signed certificate)", tls_port);
  const std::string https = addresses_of(configuration, "http.address", "http.port").front().to_string();
  const std::string& data = configuration.text("data.dir");
  // The instructions are to work as they are printed, wherever they are typed.
  std::error_code unreadable;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unreadable);
  const std::string program = unreadable ? std::string("carillon") : self.string();
  std::cout << "\ncarillon ready\n\n"
            << "  REST API   https://" << https << "/api/v1/openapi.json (self-signed certificate)\n"
            << "  metrics    http://" << metrics.front().to_string() << "/metrics, /healthz, /readyz\n"
            << "  data       " << data << "\n\n"
            << "  Logins     admin, demobrand, democompany, alice@democompany.com, bob@democompany.com; password changeme\n"
            << "  SIP        server " << sip << ", UDP or TCP" << tls << ", domain users.democompany.com\n"
            << "             alice, password alice, extension 101\n"
            << "             bob,   password bob,   extension 102\n";
  if (demo.subscribers > 0) {
    std::cout << "             user0001 and " << demo.subscribers - 1 << " more, password pw-user0001, extension 100001\n";
  }
  std::cout << "\n  Try        register two phones as alice and bob, dial 102 from alice's; then\n"
            << "             " << program << " ctl --data " << data << " registrations\n"
            << "             " << program << " ctl --data " << data << " calls\n"
            << "             " << program << " ctl --data " << data << " calls --ended\n"
            << "             " << program << " explain --data " << data << " --from alice --to 102\n"
            << "             curl -k https://" << https << R"(/api/v1/auth/login -d '{"username":"admin","password":"changeme"}')"
            << "\n\n"
            << "  DEMO: everybody knows these passwords; rules for passwords are off. Ctrl-C ends it." << std::endl;
}

}  // namespace

int run(const Demo& typed) {
  Demo demo = typed;
  FreshDirectory fresh;
  if (demo.settings.data_dir.empty()) {
    if (!fresh.make()) return fail(exit_failure, "cannot make a directory in /tmp: name one with --data");
    demo.settings.data_dir = fresh.path();
  }
  demo.settings.presets = {"sip.users.address=127.0.0.1", "security.antiflood.requests=0", "security.require_second_factor=false",
                           "sip.trunks.allowed_networks=127.0.0.0/8,::1"};
  const auto configuration = load_configuration(demo.settings);
  if (!configuration) return exit_usage;
  if (const auto open = open_address(*configuration)) {
    return fail(exit_usage, *open + ": the demo's passwords are public, so it listens on loopback only: use `carillon serve`");
  }
  const std::string options = fmt::format("subscribers={} tenants={}", demo.subscribers, demo.tenants);
  const auto lock = roles::DataLock::take({configuration->text("data.dir")}, options);
  if (!lock) return fail(exit_failure, lock.error());
  {
    const auto database = prepare_data(*configuration, store::Access::create);
    if (!database) return fail(exit_failure, database.error());
    if (auto loaded = load_demo(**database, demo); !loaded) return fail(exit_failure, loaded.error());
  }
  return run_node({.configuration = *configuration,
                   .settings = demo.settings,
                   .roles = {"signalling", "media", "web", "jobs"},
                   .is_demo = true,
                   .on_ready = [&](const auto& metrics) { print_instructions(*configuration, demo, metrics); }});
}

}  // namespace carillon::main
