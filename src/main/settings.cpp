// SPDX-License-Identifier: GPL-3.0-or-later
// From options to configuration, and how commands complain.
#include <iostream>

#include "main/commands.hpp"
#include "main/exit_status.hpp"
#include "outbound/mail_sender.hpp"
#include "store/postgresql.hpp"

namespace carillon::main {

namespace {

/// What else can name a file with the password that stands in "key=value"; empty when there is none.
std::string_view advice_on_password(std::string_view override_) {
  constexpr std::string_view database_url = "database.url=";
  constexpr std::string_view smtp_url = "smtp.url=";
  if (override_.starts_with(database_url) && store::has_password(override_.substr(database_url.size()))) return "passfile=";
  if (override_.starts_with(smtp_url) && outbound::has_password(override_.substr(smtp_url.size()))) return "smtp.password_file";
  return {};
}

/// What no key alone can tell.
std::optional<std::string> fault_of_mail(const Configuration& configuration) {
  const std::string& url = configuration.text("smtp.url");
  if (url.empty()) return std::nullopt;
  if (auto sender = outbound::MailSender::make({.url = Secret(url)}); !sender) return sender.error().what;
  if (auto from = outbound::Mailbox::parse(configuration.text("smtp.from")); !from) return "smtp.from: " + from.error().what;
  return std::nullopt;
}

}  // namespace

ConfigurationSources sources_of(const Settings& settings) {
  ConfigurationSources sources{.presets = settings.presets, .file = settings.file, .overrides = {}};
  if (!settings.data_dir.empty()) sources.overrides.push_back("data.dir=" + settings.data_dir);
  sources.overrides.insert(sources.overrides.end(), settings.overrides.begin(), settings.overrides.end());
  return sources;
}

std::optional<Configuration> load_configuration(const Settings& settings) {
  for (const std::string& override_ : settings.overrides) {
    if (const std::string_view advice = advice_on_password(override_); !advice.empty()) {
      std::cerr << "carillon: --set " << override_.substr(0, override_.find('='))
                << ": every user of this machine can read a password there; write it into the configuration file, or a file that "
                << advice << " names\n";
      return std::nullopt;
    }
  }
  auto loaded = Configuration::load(sources_of(settings));
  if (loaded) {
    const auto fault = fault_of_mail(*loaded);
    if (!fault) return *std::move(loaded);
    std::cerr << *fault << '\n';
    return std::nullopt;
  }
  for (const ConfigurationProblem& problem : loaded.error()) std::cerr << problem.to_string() << '\n';
  return std::nullopt;
}

int fail(int status, std::string_view what) {
  std::cerr << "carillon: " << what << '\n';
  return status;
}

int fail(int status, const Error& error) {
  return fail(status, error.what.empty() ? error.code : std::string_view(error.what));
}

int run(const Check& check) {
  if (!load_configuration(check.settings)) return exit_usage;
  std::cout << check.settings.file << ": no faults\n";
  return exit_success;
}

}  // namespace carillon::main
