// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/signalling_role.hpp"

#include "base/log.hpp"
#include "roles/role_process.hpp"
#include "roles/signalling/journal_writer.hpp"
#include "roles/signalling/live_methods.hpp"
#include "roles/signalling/segment_sweeper.hpp"
#include "roles/signalling/shard.hpp"
#include "roles/signalling/snapshot_feed.hpp"

namespace carillon::roles {

namespace {

Result<Shard::Settings> read_settings(const Configuration& configuration) {
  Shard::Settings settings;
  const auto port = static_cast<std::uint16_t>(configuration.integer("sip.users.port"));
  for (const std::string& text : configuration.addresses("sip.users.address")) {
    const std::optional<net::Address> address = net::Address::parse(text, port);
    if (!address) return failure(net::Fault::bad_address, "sip.users.address: " + text + " is no address");
    settings.agent.addresses.push_back(*address);
  }
  const std::vector<std::string>& advertised = configuration.addresses("sip.advertised_address");
  if (!advertised.empty()) settings.agent.advertised_address = advertised.front();
  const auto seconds = [&](std::string_view key) { return std::chrono::seconds(configuration.integer(key)); };
  settings.agent.flood = {
      .requests = static_cast<std::uint32_t>(configuration.integer("security.antiflood.requests")),
      .window = seconds("security.antiflood.seconds"),
      .silence = seconds("security.antiflood.silence_seconds"),
      .trusted_factor = static_cast<std::uint32_t>(configuration.integer("security.antiflood.trusted_factor"))};
  settings.call.ring_time = seconds("call.ring_seconds");
  settings.media_socket = mediaclient::control_path(configuration.text("data.dir"), configuration.text("media.control"));
  return settings;
}

/// The process: its parts in the order in which they depend on each other.
class Signalling {
 public:
  explicit Signalling(RoleProcess& process)
      : process_(process), settle_([](void* self) { static_cast<Signalling*>(self)->settle(); }, this) {}

  Result<> start() {
    CARILLON_TRY(settings, read_settings(process_.configuration()));
    std::vector<journal::Registration> registrations;
    CARILLON_TRY(writer, JournalWriter::open(process_.loop(), {process_.data().journal(), process_.data().registrations()},
                                             [&](const journal::Registration& record) { registrations.push_back(record); }));
    journal_ = std::move(writer);
    CARILLON_TRY(shard, Shard::open({process_.loop(), process_.network(), *journal_, *journal_}, std::move(settings)));
    shard_ = std::move(shard);
    for (const journal::Registration& record : registrations) shard_->registrar().restore(record);
    journal_->set_live([this](std::uint8_t slot) { return shard_->registrar().live(slot); });
    answer_live_methods(process_.methods(), *shard_);
    process_.set_not_ready("waits for its configuration");
    feed_ = std::make_unique<SnapshotFeed>(process_.loop(), process_.configuration(), [this](auto snapshot) {
      shard_->set_snapshot(std::move(snapshot));
      has_snapshot_ = true;
    });
    sweeper_ = std::make_unique<SegmentSweeper>(process_.loop(), process_.configuration(), process_.data().journal());
    process_.methods().answer<control::SnapshotChanged>(
        [this](const control::SnapshotChanged::Params&, control::Respond<control::SnapshotChanged> respond) {
          feed_->hurry();
          respond(control::Nothing());
        });
    process_.on_stop([this] { stop(); });
    settle();
    return {};
  }

 private:
  static constexpr Duration settle_interval = 20ms;
  static constexpr Duration stop_patience = 5s;

  /// Watches what readiness depends on, and the end of the last call when stopping.
  void settle() {
    const Monotonic now = process_.loop().now();
    if (is_stopping_) {
      if (shard_->is_idle() || now >= stop_deadline_) return process_.finish();
    } else if (!has_snapshot_) {
      process_.set_not_ready("waits for its configuration");
    } else if (!shard_->has_media()) {
      process_.set_not_ready("has no connection to media");
    } else if (!journal_->is_healthy()) {
      process_.set_not_ready("cannot write its journal");
    } else {
      process_.set_ready();
    }
    process_.loop().timers().arm(settle_, now + settle_interval);
  }

  void stop() {
    is_stopping_ = true;
    stop_deadline_ = process_.loop().now() + stop_patience;
    shard_->stop();
  }

  RoleProcess& process_;
  std::unique_ptr<JournalWriter> journal_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<SnapshotFeed> feed_;
  std::unique_ptr<SegmentSweeper> sweeper_;
  Timer settle_;
  bool has_snapshot_ = false;
  bool is_stopping_ = false;
  Monotonic stop_deadline_{};
};

}  // namespace

int run_signalling(const Configuration& configuration) {
  auto process = RoleProcess::start("signalling", configuration);
  if (!process) {
    log::error("signalling", "start.failed", {{"what", process.error()}});
    return 1;
  }
  Signalling signalling(**process);
  if (auto started = signalling.start(); !started) {
    log::error("signalling", "start.failed", {{"fault", started.error().code}, {"what", started.error()}});
    return 1;
  }
  (*process)->run();
  return 0;
}

}  // namespace carillon::roles
