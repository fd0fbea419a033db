// SPDX-License-Identifier: GPL-3.0-or-later
// The wire keeps everything that is under way as events on one timer of the loop, in order of arrival time and then of sending,
// so a run depends on the seed and on nothing else.
#include "support/simulated_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/assert.hpp"

namespace carillon::test {

using net::Address;
using net::Fault;

namespace {

constexpr std::size_t largest_datagram = 65507;
constexpr std::size_t write_queue_limit = 256 * 1024;  // As on the real network.
constexpr Duration retransmission = 200ms;
constexpr Duration connect_retry = 1s;
constexpr Duration connect_limit = 10s;

class SimulatedUdpSocket;
class SimulatedListener;
class SimulatedStream;

}  // namespace

class SimulatedWireCore {
 public:
  SimulatedWireCore(Loop& its_loop, std::uint64_t seed)
      : loop(its_loop), random(seed), timer([](void* self) { static_cast<SimulatedWireCore*>(self)->deliver_due(); }, this) {}

  const LinkQuality& quality(const Address& from, const Address& to) const {
    const auto link = links.find({from.with_port(0), to.with_port(0)});
    return link == links.end() ? everywhere : link->second;
  }
  bool chance(double share) { return share > 0 && static_cast<double>(random() >> 11) * 0x1p-53 < share; }
  std::uint64_t pick(std::uint64_t low, std::uint64_t high) { return low + random() % (high - low + 1); }
  Duration travel_time(const LinkQuality& link) {
    return link.delay + Duration(pick(0, static_cast<std::uint64_t>(link.jitter.count())));
  }

  void schedule(Monotonic due, std::move_only_function<void()> happen);
  void deliver_due();
  void send_datagram(const Address& from, const Address& to, std::string_view bytes);
  void deliver_datagram(const Address& from, const Address& to, std::string_view bytes);
  bool is_port_taken(const Address& address) const { return udp.contains(address) || tcp.contains(address); }
  std::uint16_t free_port(const std::vector<Address>& hosts);

  Loop& loop;
  std::mt19937_64 random;
  LinkQuality everywhere;
  std::map<std::pair<Address, Address>, LinkQuality> links;
  SimulatedWire::Tap tap;
  SimulatedWire::Counters counters;
  Timer timer;
  std::multimap<Monotonic, std::move_only_function<void()>> events;  ///< Those of one moment in the order of sending.
  std::uint16_t next_port = 49152;                                   // RFC 6335 §6: the dynamic ports begin here.
  std::multimap<Address, SimulatedUdpSocket*> udp;
  std::map<Address, SimulatedListener*> tcp;
  std::map<std::string, SimulatedListener*> local;
  std::multiset<Address> hosts;              ///< That are powered on.
  std::vector<SimulatedUdpSocket*> touched;  ///< By the batch being delivered.
};

namespace {

class SimulatedUdpSocket final : public net::UdpSocket {
 public:
  SimulatedUdpSocket(SimulatedWireCore& wire, std::shared_ptr<Power> power, Address local, std::vector<Address> bound,
                     Receiver& receiver, bool reuse_port)
      : wire_(wire), power_(std::move(power)), local_(local), bound_(std::move(bound)), receiver_(receiver), shares_(reuse_port) {
    for (const Address& address : bound_) wire_.udp.emplace(address, this);
  }
  ~SimulatedUdpSocket() override {
    std::erase_if(wire_.udp, [this](const auto& entry) { return entry.second == this; });
    std::ranges::replace(wire_.touched, this, nullptr);
  }

  Address local() const override { return local_; }
  void send(const Address& to, std::string_view bytes) override {
    if (*power_ != Power::on) return;
    const auto from = std::ranges::find_if(bound_, [&](const Address& own) { return own.is_v4() == to.is_v4(); });
    if (from == bound_.end()) {
      wire_.counters.unreachable++;
      return;
    }
    wire_.send_datagram(*from, to, bytes);
  }

  const std::shared_ptr<Power>& power() const { return power_; }
  Receiver& receiver() { return receiver_; }
  bool shares() const { return shares_; }

 private:
  SimulatedWireCore& wire_;
  std::shared_ptr<Power> power_;
  Address local_;
  std::vector<Address> bound_;
  Receiver& receiver_;
  bool shares_;
};

class SimulatedListener final : public net::StreamListener {
 public:
  SimulatedListener(SimulatedWireCore& wire, std::shared_ptr<Power> power, Address local, Acceptor& acceptor)
      : wire_(wire), power_(std::move(power)), local_(local), acceptor_(acceptor) {}
  ~SimulatedListener() override {
    std::erase_if(wire_.tcp, [this](const auto& entry) { return entry.second == this; });
    std::erase_if(wire_.local, [this](const auto& entry) { return entry.second == this; });
  }
  Address local() const override { return local_; }
  const std::shared_ptr<Power>& power() const { return power_; }
  Acceptor& acceptor() { return acceptor_; }

 private:
  SimulatedWireCore& wire_;
  std::shared_ptr<Power> power_;
  Address local_;
  Acceptor& acceptor_;
};

/// Both ends of a stream and what is under way between them. Kept alive by the streams and by the events on the wire.
struct Connection : std::enable_shared_from_this<Connection> {
  struct Side {
    SimulatedStream* stream = nullptr;  ///< Null once destroyed.
    net::Stream::Receiver* receiver = nullptr;
    std::shared_ptr<Power> power;
    Address address;
    std::string incoming;      ///< Sent by the other side and not yet taken by this one.
    std::size_t room = 0;      ///< What `incoming` may hold until it is empty again.
    std::size_t arrived = 0;   ///< How much of it has arrived.
    Monotonic last_arrival{};  ///< Keeps the order.
    bool closing = false;      ///< Asked to close; neither reads nor writes.
    bool open = true;          ///< May write, will hear on_closed().
    bool end_coming = false;   ///< The other side has closed; this side hears of it after the last byte.
    bool end_arrived = false;
  };

  explicit Connection(SimulatedWireCore& its_wire) : wire(its_wire) {}

  const LinkQuality& quality_towards(int side) const {
    return is_local ? local_quality : wire.quality(sides[1 - side].address, sides[side].address);
  }
  bool write(int from, std::string_view bytes);
  void send_bytes(int to, std::size_t size, Duration extra = 0us);
  void send_end(int to);
  void arrive(int side, std::size_t size, bool end);
  void deliver(int side);
  void close_here(int side);
  void close_later(int side);
  void try_to_connect(Monotonic deadline, const std::function<SimulatedListener*()>& find);

  SimulatedWireCore& wire;
  Side sides[2];
  bool is_local = false;
  bool established = false;
  LinkQuality local_quality;
};

class SimulatedStream final : public net::Stream {
 public:
  SimulatedStream(std::shared_ptr<Connection> connection, int side) : connection_(std::move(connection)), side_(side) {
    own().stream = this;
  }
  ~SimulatedStream() override {
    own().stream = nullptr;
    own().receiver = nullptr;
    close_quietly();
  }
  void set_receiver(Receiver& receiver) override {
    own().receiver = &receiver;
    connection_->wire.loop.later([connection = connection_, side = side_] { connection->deliver(side); });
  }
  Address local() const override { return connection_->sides[side_].address; }
  Address remote() const override { return connection_->sides[1 - side_].address; }
  bool write(std::string_view bytes) override { return connection_->write(side_, bytes); }
  std::size_t waiting() const override { return connection_->sides[1 - side_].incoming.size(); }
  void close() override {
    if (!own().open || std::exchange(own().closing, true)) return;
    connection_->send_end(1 - side_);
    connection_->close_later(side_);
  }

 private:
  Connection::Side& own() { return connection_->sides[side_]; }
  void close_quietly() {
    if (!own().open) return;
    own().open = false;
    connection_->send_end(1 - side_);
  }
  std::shared_ptr<Connection> connection_;
  int side_;
};

bool Connection::write(int from, std::string_view bytes) {
  Side& target = sides[1 - from];
  if (!sides[from].open || sides[from].closing) return false;
  if (*sides[from].power != Power::on) return true;
  if (target.incoming.empty()) target.room = bytes.size() + write_queue_limit;
  if (target.incoming.size() + bytes.size() > target.room) {
    send_end(1 - from);
    close_later(from);
    return false;
  }
  target.incoming.append(bytes);
  if (wire.tap && !is_local) wire.tap(sides[from].address, target.address, bytes);
  if (established) send_bytes(1 - from, bytes.size());
  return true;
}

void Connection::send_bytes(int to, std::size_t size, Duration extra) {
  const LinkQuality& link = quality_towards(to);
  if (wire.chance(link.loss)) extra += retransmission;
  Side& target = sides[to];
  target.last_arrival = std::max(target.last_arrival, wire.loop.now() + wire.travel_time(link) + extra);
  wire.schedule(target.last_arrival, [self = shared_from_this(), to, size] { self->arrive(to, size, false); });
}

void Connection::send_end(int to) {
  Side& target = sides[to];
  if (target.end_coming || *sides[1 - to].power == Power::off) return;
  target.end_coming = true;
  target.last_arrival = std::max(target.last_arrival, wire.loop.now() + wire.travel_time(quality_towards(to)));
  wire.schedule(target.last_arrival, [self = shared_from_this(), to] { self->arrive(to, 0, true); });
}

void Connection::arrive(int side, std::size_t size, bool end) {
  if (*sides[side].power != Power::on) return;  // What was sent stays unacknowledged, until the sender's queue is full.
  if (quality_towards(side).cut) {
    wire.schedule(wire.loop.now() + retransmission,
                  [self = shared_from_this(), side, size, end] { self->arrive(side, size, end); });
    return;
  }
  sides[side].arrived += size;
  if (end) sides[side].end_arrived = true;
  deliver(side);
}

void Connection::deliver(int side) {
  const auto keep = shared_from_this();
  Side& own = sides[side];
  const std::size_t chop = quality_towards(side).chop;
  while (own.receiver && own.open && !own.closing && own.arrived > 0 && *own.power == Power::on) {
    const std::size_t size = chop > 0 ? wire.pick(1, std::min(chop, own.arrived)) : own.arrived;
    const std::string piece = own.incoming.substr(0, size);
    own.incoming.erase(0, size);
    own.arrived -= size;
    const bool goes_on = own.receiver->on_bytes(piece);
    if (own.stream && !goes_on) return own.stream->close();
    if (chop > 0 && own.arrived > 0 && wire.chance(0.5)) {
      return wire.schedule(wire.loop.now() + 1ms, [keep, side] { keep->deliver(side); });
    }
  }
  if (own.end_arrived && own.incoming.empty() && own.receiver && *own.power == Power::on) close_here(side);
}

void Connection::close_here(int side) {
  Side& own = sides[side];
  if (!own.open) return;
  own.open = false;
  if (own.receiver) own.receiver->on_closed();
}

void Connection::close_later(int side) {
  wire.loop.later([self = shared_from_this(), side] { self->close_here(side); });
}

void Connection::try_to_connect(Monotonic deadline, const std::function<SimulatedListener*()>& find) {
  if (!sides[0].stream || !sides[0].open || *sides[0].power != Power::on) return;
  const bool heard = is_local || (wire.hosts.contains(sides[1].address.with_port(0)) && !quality_towards(1).cut);
  if (!heard) {
    if (wire.loop.now() >= deadline) return close_here(0);
    wire.schedule(wire.loop.now() + connect_retry,
                  [self = shared_from_this(), deadline, find] { self->try_to_connect(deadline, find); });
    return;
  }
  SimulatedListener* const listener = find();
  if (!listener) {  // Refused.
    wire.schedule(wire.loop.now() + wire.travel_time(quality_towards(0)), [self = shared_from_this()] { self->close_here(0); });
    return;
  }
  established = true;
  sides[1].power = listener->power();
  if (!sides[1].incoming.empty()) send_bytes(1, sides[1].incoming.size(), wire.travel_time(quality_towards(0)));
  listener->acceptor().on_accept(std::make_unique<SimulatedStream>(shared_from_this(), 1));
  wire.schedule(wire.loop.now() + wire.travel_time(quality_towards(0)), [self = shared_from_this()] {
    const Side& own = self->sides[0];
    if (own.receiver && own.open && !own.closing && *own.power == Power::on) own.receiver->on_connected();
  });
}

}  // namespace

void SimulatedWireCore::schedule(Monotonic due, std::move_only_function<void()> happen) {
  events.emplace(std::max(due, loop.now() + 1us), std::move(happen));
  loop.timers().arm(timer, events.begin()->first);
}

void SimulatedWireCore::deliver_due() {
  while (!events.empty() && events.begin()->first <= loop.now()) {
    auto event = events.extract(events.begin());
    event.mapped()();
  }
  for (std::size_t i = 0; i < touched.size(); i++) {
    if (touched[i]) touched[i]->receiver().on_batch_end();
  }
  touched.clear();
  if (!events.empty()) loop.timers().arm(timer, events.begin()->first);
}

void SimulatedWireCore::send_datagram(const Address& from, const Address& to, std::string_view bytes) {
  counters.sent++;
  if (tap) tap(from, to, bytes);
  const LinkQuality& link = quality(from, to);
  if (link.cut || bytes.size() > largest_datagram || chance(link.loss)) {
    counters.lost++;
    return;
  }
  const bool twice = chance(link.duplication);
  if (twice) counters.duplicated++;
  for (int copy = 0; copy < (twice ? 2 : 1); copy++) {
    Duration travel = travel_time(link);
    if (chance(link.reordering)) travel += 5 * link.delay;
    schedule(loop.now() + travel, [this, from, to, held = std::string(bytes)] { deliver_datagram(from, to, held); });
  }
}

void SimulatedWireCore::deliver_datagram(const Address& from, const Address& to, std::string_view bytes) {
  const auto sharing = static_cast<std::ptrdiff_t>(udp.count(to));
  if (sharing == 0) {
    counters.unreachable++;
    return;
  }
  // Sockets that share a port split the sources among them, as the kernel's SO_REUSEPORT does.
  const std::ptrdiff_t choice = (from.port + from.bytes[15]) % sharing;
  SimulatedUdpSocket* const socket = std::next(udp.lower_bound(to), choice)->second;
  counters.delivered++;
  if (std::ranges::find(touched, socket) == touched.end()) touched.push_back(socket);
  socket->receiver().on_datagram(*socket, from, bytes);
}

std::uint16_t SimulatedWireCore::free_port(const std::vector<Address>& at) {
  for (int tries = 0; tries < 65536 - 49152; tries++) {
    const std::uint16_t port = next_port;
    next_port = port == 65535 ? 49152 : static_cast<std::uint16_t>(port + 1);
    if (std::ranges::none_of(at, [&](const Address& host) { return is_port_taken(host.with_port(port)); })) return port;
  }
  return 0;
}

SimulatedWire::SimulatedWire(Loop& loop, std::uint64_t seed) : core_(std::make_unique<SimulatedWireCore>(loop, seed)) {}
SimulatedWire::~SimulatedWire() = default;
void SimulatedWire::set_quality(const LinkQuality& quality) {
  core_->everywhere = quality;
}
void SimulatedWire::set_quality(const Address& from, const Address& to, const LinkQuality& quality) {
  core_->links[{from.with_port(0), to.with_port(0)}] = quality;
}
void SimulatedWire::set_tap(Tap tap) {
  core_->tap = std::move(tap);
}
const SimulatedWire::Counters& SimulatedWire::counters() const {
  return core_->counters;
}

SimulatedNetwork::SimulatedNetwork(SimulatedWire& wire, std::vector<Address> addresses)
    : wire_(*wire.core_), addresses_(std::move(addresses)), power_(std::make_shared<Power>(Power::on)) {
  for (const Address& address : addresses_) {
    CARILLON_ASSERT(address.port == 0 && !address.is_unspecified());
    wire_.hosts.insert(address);
  }
}

SimulatedNetwork::~SimulatedNetwork() {
  if (*power_ == Power::off) return;
  for (const Address& address : addresses_) wire_.hosts.erase(wire_.hosts.find(address));
}

Loop& SimulatedNetwork::loop() {
  return wire_.loop;
}

/// The addresses a socket bound to `local` answers on, with the port chosen.
Result<std::vector<Address>> SimulatedNetwork::resolve(const Address& local) {
  std::vector<Address> bound;
  for (const Address& own : addresses_) {
    const bool meant = local.is_unspecified() ? own.is_v4() == local.is_v4() : own.same_host(local);
    if (meant) bound.push_back(own);
  }
  if (bound.empty()) return failure(Fault::bad_address, fmt::format("{} is not an address of this host", local.host()));
  const std::uint16_t port = local.port != 0 ? local.port : wire_.free_port(bound);
  for (Address& address : bound) address.port = port;
  return bound;
}

Result<std::unique_ptr<net::UdpSocket>> SimulatedNetwork::bind_udp(const Address& local, net::UdpSocket::Receiver& receiver,
                                                                   bool reuse_port) {
  CARILLON_TRY(bound, resolve(local));
  for (const Address& address : bound) {
    const auto [begin, end] = wire_.udp.equal_range(address);
    const bool taken = std::any_of(begin, end, [&](const auto& entry) { return !reuse_port || !entry.second->shares(); });
    if (taken) return failure(Fault::address_in_use, fmt::format("{} is in use", address.to_string()));
  }
  const Address shown = local.with_port(bound.front().port);
  return std::make_unique<SimulatedUdpSocket>(wire_, power_, shown, std::move(bound), receiver, reuse_port);
}

Result<std::unique_ptr<net::StreamListener>> SimulatedNetwork::listen_tcp(const Address& local,
                                                                          net::StreamListener::Acceptor& acceptor) {
  CARILLON_TRY(bound, resolve(local));
  for (const Address& address : bound) {
    if (wire_.tcp.contains(address)) return failure(Fault::address_in_use, fmt::format("{} is in use", address.to_string()));
  }
  auto listener = std::make_unique<SimulatedListener>(wire_, power_, local.with_port(bound.front().port), acceptor);
  for (const Address& address : bound) wire_.tcp.emplace(address, listener.get());
  return listener;
}

std::unique_ptr<net::Stream> SimulatedNetwork::connect_tcp(const Address& remote, const Address& local) {
  auto connection = std::make_shared<Connection>(wire_);
  connection->sides[0].power = connection->sides[1].power = power_;
  connection->sides[1].address = remote;
  const auto own = std::ranges::find_if(addresses_, [&](const Address& address) {
    return local.is_unspecified() ? address.is_v4() == remote.is_v4() : address.same_host(local);
  });
  if (own != addresses_.end()) connection->sides[0].address = own->with_port(wire_.free_port({*own}));
  auto stream = std::make_unique<SimulatedStream>(connection, 0);
  if (own == addresses_.end()) {
    connection->close_later(0);
    return stream;
  }
  const auto find = [&wire = wire_, remote] {
    const auto listener = wire.tcp.find(remote);
    return listener == wire.tcp.end() ? nullptr : listener->second;
  };
  const Monotonic deadline = wire_.loop.now() + connect_limit;
  wire_.schedule(wire_.loop.now() + wire_.travel_time(connection->quality_towards(1)),
                 [connection, deadline, find] { connection->try_to_connect(deadline, find); });
  return stream;
}

Result<std::unique_ptr<net::StreamListener>> SimulatedNetwork::listen_local(const std::string& path,
                                                                            net::StreamListener::Acceptor& acceptor) {
  if (wire_.local.contains(path)) return failure(Fault::address_in_use, fmt::format("{} is in use", path));
  auto listener = std::make_unique<SimulatedListener>(wire_, power_, Address{}, acceptor);
  wire_.local.emplace(path, listener.get());
  return listener;
}

std::unique_ptr<net::Stream> SimulatedNetwork::connect_local(const std::string& path) {
  auto connection = std::make_shared<Connection>(wire_);
  connection->sides[0].power = connection->sides[1].power = power_;
  connection->is_local = true;
  connection->local_quality = {.delay = 0us, .chop = wire_.everywhere.chop};
  auto stream = std::make_unique<SimulatedStream>(connection, 0);
  const auto find = [&wire = wire_, path] {
    const auto listener = wire.local.find(path);
    return listener == wire.local.end() ? nullptr : listener->second;
  };
  const Monotonic deadline = wire_.loop.now() + connect_limit;
  wire_.schedule(wire_.loop.now(), [connection, deadline, find] { connection->try_to_connect(deadline, find); });
  return stream;
}

void SimulatedNetwork::power_off() {
  if (*power_ == Power::off) return;
  *power_ = Power::off;
  for (const Address& address : addresses_) wire_.hosts.erase(wire_.hosts.find(address));
  leave_wire();
}

void SimulatedNetwork::kill() {
  if (*power_ != Power::on) return;
  *power_ = Power::killed;
  leave_wire();
}

void SimulatedNetwork::leave_wire() {
  const auto is_ours = [this](const auto& entry) { return entry.second->power() == power_; };
  std::erase_if(wire_.udp, is_ours);
  std::erase_if(wire_.tcp, is_ours);
  std::erase_if(wire_.local, is_ours);
}

}  // namespace carillon::test
