// SPDX-License-Identifier: GPL-3.0-or-later
// The writer's work: mask each message, keep it, send a copy.
#include "roles/signalling/trace_disk.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/log.hpp"
#include "control/message.hpp"
#include "hep/packet.hpp"
#include "trace/mask.hpp"

namespace carillon::roles {

namespace {

/// Sends datagrams and never waits; what the system does not take is lost.
class CaptureSocket {
 public:
  explicit CaptureSocket(const net::Address& target) {
    const int family = target.is_v4() ? AF_INET : AF_INET6;
    descriptor_ = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_in6);
    if (target.is_v4()) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(target.port);
      std::memcpy(&v4.sin_addr, target.bytes.data() + 12, 4);
      size = sizeof v4;
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(target.port);
      std::memcpy(&v6.sin6_addr, target.bytes.data(), 16);
    }
    is_ready_ = descriptor_ >= 0 && ::connect(descriptor_, reinterpret_cast<sockaddr*>(&storage), size) == 0;
    if (!is_ready_) log::error("trace", "hep.unreachable", {{"target", target.to_string()}, {"what", std::strerror(errno)}});
  }
  CaptureSocket(const CaptureSocket&) = delete;
  CaptureSocket& operator=(const CaptureSocket&) = delete;
  ~CaptureSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  bool send(std::string_view bytes) const { return is_ready_ && ::send(descriptor_, bytes.data(), bytes.size(), 0) >= 0; }

 private:
  int descriptor_ = -1;
  bool is_ready_ = false;
};

}  // namespace

class TraceDisk::Files {
 public:
  explicit Files(const Settings& settings) : node_(settings.node) {
    if (settings.hep) capture_.emplace(*settings.hep);
    if (settings.limits.bytes_max == 0) return;
    auto opened = trace::Recorder::open(settings.directory, settings.limits);
    if (opened)
      recorder_ = std::move(*opened);
    else
      log::error("trace", "open.failed", {{"fault", opened.error()}});
  }

  void take(std::string_view batch, Instant now) {
    while (auto item = trace::take_item(batch)) {
      text_ = item->text;
      if (item->kind == trace::Kind::sip) trace::mask_secrets(text_);
      item->text = text_;
      if (recorder_) recorder_->add(*item);
      if (capture_ && item->kind == trace::Kind::sip) send(*item);
      kept_.add();
    }
    if (recorder_) {
      recorder_->tick(now);
      tell();
    }
  }

  void flush() {
    if (recorder_) recorder_->flush();
  }

 private:
  void send(const trace::Item& item) {
    const bool is_in = item.direction == trace::Direction::in;
    const std::string call = to_hex(item.call);
    const std::string packet = hep::encode({.transport = item.transport,
                                            .from = is_in ? item.remote : item.local,
                                            .to = is_in ? item.local : item.remote,
                                            .at = item.at,
                                            .agent = 1,
                                            .node = node_,
                                            .correlation = call,
                                            .payload = item.text});
    (capture_->send(packet) ? sent_ : lost_).add();
  }

  /// One line when something begins to fail and one when it works again.
  void tell() {
    bytes_.set(static_cast<std::int64_t>(recorder_->bytes()));
    lacking_.add(recorder_->items_dropped() - std::exchange(told_dropped_, recorder_->items_dropped()));
    const bool is_failing = recorder_->trouble().has_value();
    if (is_failing == was_failing_) return;
    was_failing_ = is_failing;
    if (is_failing)
      log::warning("trace", "write.failed", {{"fault", *recorder_->trouble()}});
    else
      log::info("trace", "works.again");
  }

  std::string node_;
  std::unique_ptr<trace::Recorder> recorder_;
  std::optional<CaptureSocket> capture_;
  std::string text_;  ///< Of the item at hand; capacity is kept.
  std::uint64_t told_dropped_ = 0;
  bool was_failing_ = false;
  metrics::Counter kept_{"carillon_trace_items_total", "Messages, decisions and media reports of calls that were traced"};
  metrics::Counter lacking_{"carillon_trace_items_dropped_total", "Items of traces that were dropped", {{"reason", "disk"}}};
  metrics::Gauge bytes_{"carillon_trace_bytes", "What traces take on the disk"};
  metrics::Counter sent_{"carillon_hep_packets_total", "Copies of messages sent to the capture server"};
  metrics::Counter lost_{"carillon_hep_packets_lost_total", "Copies of messages that the system did not take"};
};

TraceDisk::TraceDisk(Settings settings)
    : directory_(settings.directory),
      reader_(std::make_unique<Worker>(Worker::Options{.name = "trace-reader", .capacity = searches_max})),
      writer_(std::make_unique<Worker>(Worker::Options{.name = "trace-writer", .capacity = batches_max})) {
  const bool is_taken = writer_->submit([this, settings = std::move(settings)] { files_ = std::make_unique<Files>(settings); });
  CARILLON_ASSERT(is_taken);
}

TraceDisk::~TraceDisk() {
  writer_.reset();
  reader_.reset();
}

void TraceDisk::submit(std::string batch, std::size_t items, Instant now) {
  const bool is_taken = writer_->submit([this, batch = std::move(batch), now] { files_->take(batch, now); });
  if (!is_taken) dropped_.add(items);
}

void TraceDisk::find(const CallId& call, const trace::Whose& whose, Done done) {
  auto answer = std::make_shared<Done>(std::move(done));
  const auto refuse = [answer] { (*answer)(failure(control::Fault::busy, "too many look for traces")); };
  auto search = [this, call, whose, answer, refuse] {
    files_->flush();
    auto look_up = [directory = directory_, call, whose, answer] { (*answer)(trace::find_story(directory, call, whose)); };
    if (!reader_->submit(std::move(look_up))) refuse();
  };
  if (!writer_->submit(std::move(search))) refuse();
}

}  // namespace carillon::roles
