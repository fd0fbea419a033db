// SPDX-License-Identifier: GPL-3.0-or-later
// Who acts, what goes wrong and when, all from one seed.
#include "simulation/scenario.hpp"

#include <random>

#include "base/kill_point.hpp"
#include "roles/snapshot_loader.hpp"
#include "simulation/actor.hpp"
#include "simulation/processes.hpp"
#include "simulation/random.hpp"
#include "simulation/troubled_database.hpp"
#include "simulation/witness.hpp"
#include "support/sample_database.hpp"

namespace carillon::simulation {

namespace {

constexpr int companies_count = 2;
constexpr int telephones_per_company = 4;

/// Points fall into so many kinds by their names: one or two are of a kind, so that those seldom passed have their turn too.
constexpr std::uint64_t kinds_of_points = 64;

std::string domain_of(int company) {
  return fmt::format("tenant{:04}.example", company + 1);
}

/// The demo spreads subscribers over its tenants in turn.
int subscriber_of(int company, int telephone) {
  return telephone * companies_count + company + 1;
}

class Scenario {
 public:
  Scenario(std::uint64_t seed, std::shared_ptr<const directory::Snapshot> snapshot, const Ladder& ladder);
  ~Scenario();
  Outcome run();

 private:
  using Share = double;
  enum class Trouble {
    kill_signalling,
    kill_at_point,
    kill_media,
    kill_jobs,
    lose_power,
    cut_link,
    failing_disk,
    full_disk,
    slow_disk,
    database_away,
    jump_clock,
    count
  };

  void add_telephones();
  void choose_network();
  void note(std::string_view what);
  void see(const net::Address& from, const net::Address& to, std::string_view bytes);
  void start_signalling();
  void end_signalling();
  void make_trouble();
  void heal();
  void look_after_turn();
  void on_point(std::string_view name);
  void quieten();
  void reckon();

  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  bool chance(Share share) { return static_cast<double>(random_() >> 11) * 0x1p-53 < share; }
  Duration between(Duration least, Duration most) {
    return least + Duration(static_cast<std::int64_t>(pick(static_cast<std::uint64_t>((most - least).count()) + 1)));
  }
  double seconds() const { return std::chrono::duration<double>(loop_.now().time_since_epoch() - 1h).count(); }

  std::mt19937_64 random_;
  const Ladder& ladder_;
  Outcome outcome_;
  test::VirtualLoop loop_;
  test::SimulatedWire wire_;
  Disk disk_;
  WorkerGround workers_;
  Machine machine_;
  TroubledDatabase database_;
  Witness witness_;
  unsigned shards_;
  std::unique_ptr<Media> media_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<Signalling> signalling_;
  std::vector<std::unique_ptr<Actor>> actors_;
  bool is_signalling_doomed_ = false;
  bool is_media_doomed_ = false;
  bool is_jobs_doomed_ = false;
  bool has_power_ = true;
  std::optional<std::uint64_t> deadly_points_;  ///< The next point of this kind is the death of whoever passes it.
  bool is_troubled_ = true;                     ///< Until it grows quiet.
  net::Address cut_host_;
  Timer start_signalling_;
  Timer trouble_;
  Timer heal_;
};

Scenario* the_scenario = nullptr;

Scenario::Scenario(std::uint64_t seed, std::shared_ptr<const directory::Snapshot> snapshot, const Ladder& ladder)
    : random_(seed),
      ladder_(ladder),
      wire_(loop_, seed),
      disk_(seed),
      workers_{.loop = loop_, .flush_time = {}},
      machine_{.loop = loop_,
               .wire = wire_,
               .disk = disk_,
               .workers = workers_,
               .address = *net::Address::parse("192.0.2.1", 5060),
               .snapshot = std::move(snapshot)},
      witness_(loop_, machine_.address),
      shards_(chance(0.5) ? 2 : 1),
      start_signalling_([](void* self) { static_cast<Scenario*>(self)->start_signalling(); }, this),
      trouble_([](void* self) { static_cast<Scenario*>(self)->make_trouble(); }, this),
      heal_([](void* self) { static_cast<Scenario*>(self)->heal(); }, this) {
  start_randomness(seed);
  the_scenario = this;
  the_disk = &disk_;
  the_workers = &workers_;
  kill_hook = [](std::string_view point) { the_scenario->on_point(point); };
  workers_.flush_time = [this] { return between(200us, 8ms); };
  disk_.on_sync = [this](const std::string& path, const Disk::NodePointer& node) {
    if (path.ends_with(".log")) witness_.see(node);
  };
  loop_.after_turn = [this] { look_after_turn(); };
  wire_.set_tap([this](const auto& from, const auto& to, std::string_view bytes) { see(from, to, bytes); });
  choose_network();
  media_ = std::make_unique<Media>(machine_);
  start_signalling();
  jobs_ = std::make_unique<Jobs>(machine_, database_);
  add_telephones();
}

Scenario::~Scenario() {
  loop_.after_turn = {};
  actors_.clear();
  signalling_.reset();
  jobs_.reset();
  media_.reset();
  the_disk = nullptr;
  the_workers = nullptr;
  the_scenario = nullptr;
  kill_hook = nullptr;
}

void Scenario::choose_network() {
  test::LinkQuality quality;
  quality.delay = between(1ms, 40ms);
  if (chance(0.5)) quality.jitter = between(0ms, 30ms);
  if (chance(0.5)) quality.loss = chance(0.5) ? 0.02 : 0.1;
  if (chance(0.5)) quality.duplication = 0.03;
  if (chance(0.5)) quality.reordering = 0.03;
  if (chance(0.3)) quality.chop = 100;
  wire_.set_quality(quality);
}

void Scenario::add_telephones() {
  std::vector<std::vector<std::string>> numbers(companies_count);
  for (int company = 0; company < companies_count; ++company)
    for (int telephone = 0; telephone < telephones_per_company; ++telephone)
      numbers[static_cast<std::size_t>(company)].push_back(fmt::format("{}", 100000 + subscriber_of(company, telephone)));
  for (int company = 0; company < companies_count; ++company) {
    std::vector<std::string> known = numbers[static_cast<std::size_t>(company)];
    known.push_back("999");                                                   // Nobody's.
    known.push_back(numbers[static_cast<std::size_t>(1 - company)].front());  // The neighbour's, which is nobody's here.
    for (int telephone = 0; telephone < telephones_per_company; ++telephone) {
      const int subscriber = subscriber_of(company, telephone);
      const std::string user = fmt::format("user{:04}", subscriber);
      const net::Address host = *net::Address::parse(fmt::format("198.51.100.{}", 10 + subscriber), 0);
      Actor::Part part{.host = host,
                       .server = machine_.address,
                       .account = {.user = user, .password = "pw-" + user, .domain = domain_of(company)},
                       .is_tcp = shards_ == 1 && chance(0.4),
                       .numbers = known,
                       .word = fmt::format("{} of company {}", user, company)};
      witness_.add_host(host, {domain_of(1 - company)});
      const auto say = [this, user](std::string_view what) { note(fmt::format("{} {}", user, what)); };
      actors_.push_back(std::make_unique<Actor>(loop_, wire_, std::move(part), random_(), say));
    }
  }
}

void Scenario::note(std::string_view what) {
  if (ladder_) ladder_(fmt::format("{:10.3f}  ** {}", seconds(), what));
}

void Scenario::see(const net::Address& from, const net::Address& to, std::string_view bytes) {
  const std::uint64_t hash = std::hash<std::string_view>()(bytes);
  outcome_.digest =
      outcome_.digest * 1099511628211U + (hash ^ static_cast<std::uint64_t>(loop_.now().time_since_epoch().count()));
  if (ladder_ && (from.port == machine_.address.port || to.port == machine_.address.port)) {
    const std::string_view line = bytes.substr(0, bytes.find('\r'));
    const std::size_t id = bytes.find("Call-ID: ");
    const std::string_view call = id == std::string_view::npos ? std::string_view() : bytes.substr(id + 9, 8);
    ladder_(fmt::format("{:10.3f}  {:>20} > {:<20} {}  {}", seconds(), from.to_string(), to.to_string(), call, line));
  }
  witness_.see(from, to, bytes);
}

// ---- Deaths

void Scenario::start_signalling() {
  if (signalling_ || is_signalling_doomed_) return;
  signalling_ = Signalling::start(machine_, shards_);
  note(signalling_ ? "signalling starts" : "signalling cannot start");
  if (!signalling_ && !is_signalling_doomed_) loop_.timers().arm(start_signalling_, loop_.now() + 1s);
}

/// Whose point this is, its name says. From there on the process has no effect.
void Scenario::on_point(std::string_view name) {
  if (!deadly_points_ || std::hash<std::string_view>()(name) % kinds_of_points != *deadly_points_) return;
  deadly_points_.reset();
  note(fmt::format("death at {}", name));
  outcome_.died_at.emplace_back(name);
  if (name.starts_with("media.")) {
    is_media_doomed_ = true;
    media_->kill();
  } else if (name.starts_with("billing.") || name == "journal.segment_deleting") {
    is_jobs_doomed_ = true;
    database_.is_frozen = true;
  } else if (machine_.signalling != nullptr) {
    is_signalling_doomed_ = true;
    machine_.signalling->kill();
  }
}

/// What is dead goes when nothing of it is running.
void Scenario::look_after_turn() {
  const bool lost_power = !std::exchange(has_power_, true);
  if (lost_power) is_signalling_doomed_ = is_media_doomed_ = is_jobs_doomed_ = true;
  if (is_signalling_doomed_) {
    is_signalling_doomed_ = false;
    ++outcome_.deaths;
    if (signalling_) signalling_->kill();
    signalling_.reset();
    disk_.is_frozen = workers_.is_frozen = false;
    if (lost_power) disk_.lose_power();
    loop_.timers().arm(start_signalling_, loop_.now() + between(50ms, lost_power ? 20s : 2s));
  }
  if (is_media_doomed_) {
    is_media_doomed_ = false;
    ++outcome_.deaths;
    media_->kill();
    media_.reset();
    media_ = std::make_unique<Media>(machine_);
  }
  if (is_jobs_doomed_) {
    is_jobs_doomed_ = false;
    ++outcome_.deaths;
    jobs_.reset();
    database_.is_frozen = false;
    jobs_ = std::make_unique<Jobs>(machine_, database_);
  }
}

void Scenario::make_trouble() {
  if (!is_troubled_) return;
  loop_.timers().arm(trouble_, loop_.now() + between(5s, 60s));
  const auto trouble = static_cast<Trouble>(pick(static_cast<std::uint64_t>(Trouble::count)));
  const auto heal_within = [&](Duration most) { loop_.timers().arm(heal_, loop_.now() + between(500ms, most)); };
  switch (trouble) {
    case Trouble::kill_signalling:
      note("signalling is killed");
      is_signalling_doomed_ = signalling_ != nullptr;
      break;
    case Trouble::kill_at_point:
      deadly_points_ = pick(kinds_of_points);
      break;
    case Trouble::kill_media:
      note("media is killed");
      is_media_doomed_ = true;
      break;
    case Trouble::kill_jobs:
      note("jobs is killed");
      is_jobs_doomed_ = true;
      break;
    case Trouble::lose_power:
      note("the machine loses power");
      has_power_ = false;
      break;
    case Trouble::cut_link: {
      cut_host_ = actors_[pick(actors_.size())]->part().host;
      note(fmt::format("{} is cut off", cut_host_.to_string()));
      wire_.set_quality(cut_host_, machine_.address, {.cut = true});
      wire_.set_quality(machine_.address, cut_host_, {.cut = true});
      heal_within(45s);
      break;
    }
    case Trouble::failing_disk:
      note("the disk fails now and then");
      disk_.failing_syncs = disk_.failing_name_syncs = 0.3;
      disk_.failing_writes = 0.1;
      heal_within(10s);
      break;
    case Trouble::full_disk:
      note("the disk is full");
      disk_.is_full = true;
      heal_within(30s);
      break;
    case Trouble::slow_disk:
      note("the disk is slow");
      workers_.flush_time = [this] { return between(20ms, 3s); };
      heal_within(20s);
      break;
    case Trouble::database_away:
      note("the database is away");
      database_.is_away = true;
      heal_within(60s);
      break;
    case Trouble::jump_clock: {
      const Duration by = between(0s, 48h) - 24h;
      note(fmt::format("the wall clock jumps by {:.0f} s", std::chrono::duration<double>(by).count()));
      loop_.jump_wall(by);
      break;
    }
    case Trouble::count:
      break;
  }
}

void Scenario::heal() {
  note("all is well again");
  disk_.failing_syncs = disk_.failing_name_syncs = disk_.failing_writes = 0;
  disk_.is_full = false;
  database_.is_away = false;
  workers_.flush_time = [this] { return between(200us, 8ms); };
  if (cut_host_.port == 0 && !cut_host_.is_unspecified()) {
    wire_.set_quality(cut_host_, machine_.address, {});
    wire_.set_quality(machine_.address, cut_host_, {});
  }
}

// ---- From beginning to end

Outcome Scenario::run() {
  loop_.timers().arm(trouble_, loop_.now() + between(10s, 60s));
  loop_.run_for(between(60s, 300s));
  quieten();
  reckon();
  outcome_.faults = witness_.faults();
  outcome_.simulated_seconds = seconds();
  const Witness::Counts counts = witness_.counts();
  outcome_.messages = counts.messages;
  outcome_.calls = counts.calls;
  outcome_.answered = counts.answered;
  return std::move(outcome_);
}

/// Everybody goes home; what then still lives has outlived its bound.
void Scenario::quieten() {
  note("everybody goes home");
  is_troubled_ = false;
  deadly_points_.reset();
  heal();
  for (const auto& actor : actors_) actor->retire(chance(0.3));
  loop_.run_for(45min);
}

void Scenario::reckon() {
  if (!signalling_) return witness_.object("signalling did not come back");
  if (const std::string left = signalling_->leftovers(); !left.empty()) witness_.object(left);
  const auto& media = media_->engine().counters();
  if (media.ports_leased != 0 || media.calls != 0)
    witness_.object(fmt::format("{} pairs of ports and {} calls left in media", media.ports_leased, media.calls));
  for (const auto& actor : actors_) {
    const std::string own = actor->part().word.substr(actor->part().word.find(" of "));
    for (const auto& [word, count] : actor->heard())
      if (!word.ends_with(own)) witness_.object(fmt::format("{} heard {}", actor->part().word, word));
  }
  witness_.compare(database_);
}

}  // namespace

std::shared_ptr<const directory::Snapshot> companies() {
  testing::SampleDatabase database({.subscribers = companies_count * telephones_per_company, .tenants = companies_count});
  auto snapshot = roles::load_snapshot(*database);
  CARILLON_ASSERT(snapshot.has_value());
  return *snapshot;
}

Outcome run(std::uint64_t seed, const std::shared_ptr<const directory::Snapshot>& snapshot, const Ladder& ladder) {
  return Scenario(seed, snapshot, ladder).run();
}

}  // namespace carillon::simulation
