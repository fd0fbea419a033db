// SPDX-License-Identifier: GPL-3.0-or-later
// c-ares keeps count of repetitions and servers; the thread waits for its sockets, for new questions and for the end.
#include "net/ares_resolver.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include <ares.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "net/socket.hpp"

namespace carillon::net {
namespace {

constexpr int timeout_ms = 700;  ///< Of the first try of a server; the second waits twice as long.
constexpr int tries = 2;
constexpr int udp_bytes_max = 1232;    ///< RFC 6891 §6.2.5: what passes every network whole; longer answers come by TCP.
constexpr int buffer_bytes = 212'992;  ///< For answers that come all at once; the system doubles it.
constexpr int class_internet = 1;
constexpr std::size_t queries_max = 2 * AresThread::askers_max;  ///< With those that nobody waits for any more.

/// c-ares asks from one port as long as something is open. An answer is forged by guessing the port and 16 bits, so after this
/// much a channel takes no more and the next one has a port of its own (RFC 5452 §9.2). It reads the system's servers anew, too.
constexpr std::size_t channel_questions_max = 256;
constexpr Duration channel_age_max = 10s;
constexpr std::size_t channels_max = 64;  ///< Then the newest goes on.

struct DestroyChannel {
  void operator()(ares_channel channel) const { ares_destroy(channel); }
};

struct Channel {
  std::unique_ptr<ares_channeldata, DestroyChannel> handle;
  Monotonic made;
  std::size_t taken = 0, open = 0;
};

struct Asker {
  Loop* loop = nullptr;
  Resolver::Done done;
};

struct Asked {
  DnsQuestion question;
  Asker asker;
};

DnsAnswer answer_of(int status, std::string_view bytes, const DnsQuestion& question) {
  switch (status) {
    case ARES_SUCCESS:
      return read_dns_message(bytes, question);
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
      return {.outcome = DnsOutcome::no_records, .records = {}};
    case ARES_ETIMEOUT:
      return {.outcome = DnsOutcome::slow, .records = {}};
    default:
      return {};
  }
}

}  // namespace

class AresThread::Core {
 public:
  explicit Core(std::string servers);
  ~Core();
  void ask(Asked asked);

 private:
  /// What c-ares is at work on, for everybody who wants to know.
  struct Query {
    Core* core = nullptr;
    DnsQuestion question;
    std::vector<Asker> askers;  ///< Nobody once they were told that it is slow.
    Monotonic due;
    Channel* channel = nullptr;
    bool is_abandoned = false;
    std::list<Query>::iterator place;
  };

  void run();
  void wake() const;
  void take();
  void begin(Asked asked);
  Channel* channel();
  void answer(Query& query, const DnsAnswer& answer);
  void post(Asker asker, DnsAnswer answer);
  void give_up_slow();
  void wait();
  void drop_channels();
  static void on_answer(void* self, int status, int, unsigned char* bytes, int size);

  const std::string servers_;
  std::atomic<std::size_t> askers_ = 0;
  Descriptor wake_;
  std::mutex mutex_;
  std::vector<Asked> waiting_;
  bool is_ending_ = false;

  // The thread's own.
  std::unordered_map<DnsQuestion, Query*> asked_;
  std::list<Query> queries_;     ///< The oldest first.
  std::list<Query> abandoned_;   ///< Of which c-ares has not let go yet.
  std::list<Channel> channels_;  ///< The newest last; gone before the queries that they call back for.
  std::thread thread_;           ///< Last: it uses the others.
};

AresThread::Core::Core(std::string servers) : servers_(std::move(servers)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CARILLON_ASSERT(static_cast<bool>(wake_));
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "dns");
}

AresThread::Core::~Core() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake();
  thread_.join();
}

void AresThread::Core::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_.number(), &one, sizeof one);  // It can only be full, and so awake.
}

void AresThread::Core::ask(Asked asked) {
  if (!is_dns_name(asked.question.name) || askers_.fetch_add(1, std::memory_order_relaxed) >= askers_max) {
    const bool is_name = is_dns_name(asked.question.name);
    if (is_name) askers_.fetch_sub(1, std::memory_order_relaxed);
    asked.asker.loop->later([done = std::move(asked.asker.done), is_name]() mutable {
      done({.outcome = is_name ? DnsOutcome::failed : DnsOutcome::no_records, .records = {}});
    });
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(asked));
    if (waiting_.size() > 1) return;  // It has been told already.
  }
  wake();
}

void AresThread::Core::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // Also the one that c-ares has for writing to a server that went away.
  while (true) {
    take();
    {
      const std::lock_guard lock(mutex_);
      if (is_ending_) break;
    }
    wait();
    give_up_slow();
    drop_channels();
  }
  take();
  channels_.clear();  // Answers what is open.
}

void AresThread::Core::take() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto size = read(wake_.number(), &count, sizeof count);
  std::vector<Asked> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  for (Asked& each : taken) begin(std::move(each));
}

void AresThread::Core::begin(Asked asked) {
  if (const auto same = asked_.find(asked.question); same != asked_.end()) {
    same->second->askers.push_back(std::move(asked.asker));
    return;
  }
  Channel* const its_channel = queries_.size() + abandoned_.size() < queries_max ? channel() : nullptr;
  if (its_channel == nullptr) return post(std::move(asked.asker), {});
  Query& query = queries_.emplace_back();
  query.core = this;
  query.question = std::move(asked.question);
  query.askers.push_back(std::move(asked.asker));
  query.due = system_monotonic_time() + patience;
  query.channel = its_channel;
  query.place = std::prev(queries_.end());
  asked_[query.question] = &query;
  ++its_channel->taken;
  ++its_channel->open;
  // It may answer before it returns.
  ares_query(its_channel->handle.get(), query.question.name.c_str(), class_internet, static_cast<int>(query.question.type),
             on_answer, &query);
}

/// The one that takes the next question; none when the system has no room for it.
Channel* AresThread::Core::channel() {
  const Monotonic now = system_monotonic_time();
  if (!channels_.empty()) {
    Channel& newest = channels_.back();
    const bool is_young = newest.taken < channel_questions_max && now - newest.made < channel_age_max;
    if (is_young || channels_.size() >= channels_max) return &newest;
  }
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
  options.timeout = timeout_ms;
  options.tries = tries;
  options.ednspsz = udp_bytes_max;
  options.socket_receive_buffer_size = buffer_bytes;
  ares_channel made = nullptr;
  constexpr int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_RCVBUF;
  if (ares_init_options(&made, &options, given) != ARES_SUCCESS) return nullptr;
  Channel channel{.handle = {}, .made = now};
  channel.handle.reset(made);
  if (!servers_.empty() && ares_set_servers_ports_csv(made, servers_.c_str()) != ARES_SUCCESS) return nullptr;
  return &channels_.emplace_back(std::move(channel));
}

void AresThread::Core::on_answer(void* self, int status, int, unsigned char* bytes, int size) {
  auto& query = *static_cast<Query*>(self);
  Core& core = *query.core;
  --query.channel->open;
  const std::string_view message = bytes == nullptr
                                       ? std::string_view()
                                       : std::string_view(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  if (!query.is_abandoned) core.answer(query, answer_of(status, message, query.question));
  (query.is_abandoned ? core.abandoned_ : core.queries_).erase(query.place);
}

void AresThread::Core::answer(Query& query, const DnsAnswer& answer) {
  asked_.erase(query.question);
  for (Asker& each : query.askers) post(std::move(each), answer);
  query.askers.clear();
}

void AresThread::Core::post(Asker asker, DnsAnswer answer) {
  askers_.fetch_sub(1, std::memory_order_relaxed);
  asker.loop->post([done = std::move(asker.done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

void AresThread::Core::give_up_slow() {
  const Monotonic now = system_monotonic_time();
  while (!queries_.empty() && queries_.front().due <= now) {
    Query& query = queries_.front();
    answer(query, {.outcome = DnsOutcome::slow, .records = {}});
    query.is_abandoned = true;
    abandoned_.splice(abandoned_.end(), queries_, query.place);
  }
}

void AresThread::Core::wait() {
  std::vector<pollfd> sockets{{wake_.number(), POLLIN, 0}};
  std::vector<ares_channel> owners{nullptr};
  timeval most{.tv_sec = 3600, .tv_usec = 0};
  if (!queries_.empty()) {
    const Duration left = std::clamp<Duration>(queries_.front().due - system_monotonic_time(), Duration::zero(), patience);
    most = {.tv_sec = left / 1s, .tv_usec = (left % 1s).count()};
  }
  for (const Channel& each : channels_) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> its{};
    const int bits = ares_getsock(each.handle.get(), its.data(), ARES_GETSOCK_MAXNUM);
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      const bool reads = ARES_GETSOCK_READABLE(bits, i), writes = ARES_GETSOCK_WRITABLE(bits, i);
      if (!reads && !writes) continue;
      const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
      sockets.push_back({its[static_cast<std::size_t>(i)], events, 0});
      owners.push_back(each.handle.get());
    }
    timeval its_wait{};
    most = *ares_timeout(each.handle.get(), &most, &its_wait);
  }
  poll(sockets.data(), sockets.size(), static_cast<int>(most.tv_sec * 1000 + most.tv_usec / 1000 + 1));
  for (std::size_t i = 1; i < sockets.size(); ++i) {
    const int events = sockets[i].revents, socket = sockets[i].fd;
    const bool reads = (events & (POLLIN | POLLERR | POLLHUP)) != 0, writes = (events & POLLOUT) != 0;
    if (reads || writes) ares_process_fd(owners[i], reads ? socket : ARES_SOCKET_BAD, writes ? socket : ARES_SOCKET_BAD);
  }
  for (const Channel& each : channels_) ares_process_fd(each.handle.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void AresThread::Core::drop_channels() {
  if (channels_.empty()) return;
  const Channel* const newest = &channels_.back();
  channels_.remove_if([newest](const Channel& each) { return &each != newest && each.open == 0; });
}

AresThread::AresThread(std::string servers) : core_(std::make_unique<Core>(std::move(servers))) {}
AresThread::~AresThread() = default;

void AresThread::ask(Loop& loop, DnsQuestion question, Resolver::Done done) {
  core_->ask({.question = std::move(question), .asker = {.loop = &loop, .done = std::move(done)}});
}

}  // namespace carillon::net
