// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: live events reach exactly those who may see them, a client that comes back gets what it missed or is told to read the
// lists again, and neither slow clients nor logins that are over keep a stream.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/id.hpp"
#include "site.hpp"

namespace carillon::api {
namespace {

control::LiveEvent event(std::string type, std::int64_t brand, std::int64_t customer, std::int64_t user = 0,
                         std::int64_t other = 0) {
  control::LiveEvent made;
  made.type = std::move(type);
  made.brand.value = brand;
  made.customer.value = customer;
  made.user.value = user;
  made.other.value = other;
  made.object.text = R"({"id":"x"})";
  return made;
}

control::LiveEvent watching() {
  control::LiveEvent made;
  made.type = "watching";
  made.object.text = "{}";
  return made;
}

/// A client of the stream.
struct Listener final : net::Stream::Receiver {
  Listener(net::AsioNetwork& network, const net::Address& server, const std::string& path, const std::string& token,
           const std::string& headers = {})
      : stream(network.connect_tcp(server)) {
    stream->set_receiver(*this);
    stream->write("GET /api/v1/live/events" + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n" +
                  headers + "\r\n");
  }
  bool on_bytes(std::string_view bytes) override {
    received += bytes;
    return true;
  }
  void on_closed() override { is_closed = true; }
  /// The last id that it was told.
  std::string last_id() const {
    const std::size_t at = received.rfind("\nid: ");
    return at == std::string::npos ? "" : received.substr(at + 5, received.find('\n', at + 1) - at - 5);
  }
  std::size_t count(std::string_view type) const {
    std::size_t found = 0;
    const std::string line = "event: " + std::string(type) + "\n";
    for (std::size_t at = received.find(line); at != std::string::npos; at = received.find(line, at + 1)) found++;
    return found;
  }

  std::unique_ptr<net::Stream> stream;
  std::string received;
  bool is_closed = false;
};

class LiveEventsTest : public testing::Site {
 protected:
  using Listening = std::unique_ptr<Listener>;

  /// Turns the loop until it is so; false after ten seconds.
  template <class F>
  bool wait_until(F is_so) {
    struct Look {
      net::AsioLoop& loop;
      F& is_so;
      Monotonic end;
      bool was_so = false;
      Timer timer{[](void* self) {
                    auto& look = *static_cast<Look*>(self);
                    look.was_so = look.is_so();
                    if (look.was_so || look.loop.now() > look.end) return look.loop.stop();
                    look.loop.timers().arm(look.timer, look.loop.now() + 5ms);
                  },
                  this};
    } look{loop_, is_so, loop_.now() + 10s};
    loop_.timers().arm(look.timer, loop_.now());
    loop_.run();
    return look.was_so;
  }
  Listening listen(const std::string& name, const std::string& path = {}, const std::string& headers = {}) {
    auto made = std::make_unique<Listener>(network_, address_, path, token_of(name), headers);
    EXPECT_TRUE(wait_until([&] { return made->received.contains("retry:"); })) << made->received;
    return made;
  }
  void tell(std::vector<control::LiveEvent> events, bool has_gap = false) {
    ASSERT_TRUE(wait_until([&] { return live_.receiver != nullptr; }));
    live_.receiver->on_events(has_gap, std::move(events));
  }
  bool hears(const Listening& listener, std::string_view text) {
    return wait_until([&] { return listener->received.contains(text); });
  }
};

CARILLON_ON_EACH_DATABASE(LiveEventsTest);

TEST_P(LiveEventsTest, TellsEachLoginWhatItsListsWouldShow) {
  const store::Login alice = login("alice@democompany.com");
  const std::int64_t brand = alice.brand.value;
  const std::int64_t customer = alice.customer.value;
  const Listening admin = listen("admin");
  const Listening of_brand = listen("demobrand");
  const Listening company = listen("democompany");
  const Listening user = listen("alice@democompany.com");
  tell({watching()});
  tell({event("call.one", brand, customer, alice.id), event("call.two", brand, customer, 1, alice.id),
        event("call.other", brand, customer, 1, 2), event("call.elsewhere", brand, customer + 1, alice.id),
        event("call.far", brand + 1, customer + 2), event("registration.own", brand, customer, alice.id),
        event("registration.other", brand, customer, 1, alice.id), event("counters", brand, customer),
        event("carrier_registration.failed", brand, 0), event("registration.last", brand, customer, alice.id)});
  const std::pair<const Listening&, std::string> rows[] = {{admin, "1111111111"},  // NOLINT
                                                           {of_brand, "1111011111"},
                                                           {company, "1110011101"},
                                                           {user, "1100010001"}};
  for (const auto& [listener, seen] : rows) {
    ASSERT_TRUE(hears(listener, "event: registration.last\n")) << listener->received;
    EXPECT_EQ(listener->count("resync"), 1U);
    std::string heard;
    for (const char* type : {"call.one", "call.two", "call.other", "call.elsewhere", "call.far", "registration.own",
                             "registration.other", "counters", "carrier_registration.failed", "registration.last"})
      heard += std::to_string(listener->count(type));
    EXPECT_EQ(heard, seen);
  }
  EXPECT_TRUE(admin->received.contains("\r\nContent-Type: text/event-stream\r\n"));
  EXPECT_TRUE(admin->received.contains("data: {\"type\":\"call.one\",\"id\":\"x\"}\n\n"));
}

TEST_P(LiveEventsTest, NarrowsAndFilters) {
  const store::Login alice = login("alice@democompany.com");
  const std::int64_t brand = alice.brand.value;
  const std::int64_t customer = alice.customer.value;
  const Listening narrowed =
      listen("admin", "?types=registration,counters", "X-Carillon-Customer: " + to_base32(customer) + "\r\n");
  tell({watching()});
  tell({event("call.one", brand, customer), event("registration.far", brand, customer + 1), event("counters", brand, customer),
        event("registration.last", brand, customer)});
  ASSERT_TRUE(hears(narrowed, "registration.last"));
  EXPECT_EQ(narrowed->count("call.one") + narrowed->count("registration.far"), 0U);
  EXPECT_EQ(narrowed->count("counters"), 1U);
  const std::string token = token_of("admin");
  for (const auto& [query, field] :
       {std::pair("?types=call,nonsense", "types"), std::pair("?types=", "types"), std::pair("?page=1", "page")}) {
    const auto reply = get(std::string("/live/events") + query, token);
    EXPECT_EQ(reply.status, 400U) << query;
    EXPECT_EQ(reply.body.at("errors").at(0).at("field").as_string(), field);
  }
  EXPECT_EQ(get("/live/events", "ct_wrong").status, 401U);
  EXPECT_EQ(
      ask({.path = "/api/v1/live/events", .token = token_of("democompany"), .headers = "X-Carillon-Customer: 1\r\n"}).status,
      403U);
}

TEST_P(LiveEventsTest, GoesOnWhereAClientLeftOff) {
  const store::Login alice = login("alice@democompany.com");
  const std::int64_t brand = alice.brand.value;
  const std::int64_t customer = alice.customer.value;
  Listening first = listen("democompany");
  tell({watching()});
  tell({event("call.one", brand, customer)});
  ASSERT_TRUE(hears(first, "event: call.one"));
  const std::string id = first->last_id();
  first.reset();
  tell({event("call.two", brand, customer), event("call.far", brand, customer + 1), event("call.three", brand, customer)});
  const Listening again = listen("democompany", {}, "Last-Event-ID: " + id + "\r\n");
  ASSERT_TRUE(hears(again, "event: call.three"));
  EXPECT_EQ(again->count("call.two"), 1U);
  EXPECT_EQ(again->count("call.one") + again->count("call.far") + again->count("resync"), 0U);
  for (const std::string unknown : {"nonsense", "-", "0123456789abcdef-1", id.c_str()}) {
    const std::string asked = unknown == id ? id + "000" : unknown;
    const Listening lost = listen("democompany", {}, "Last-Event-ID: " + asked + "\r\n");
    EXPECT_TRUE(hears(lost, "event: resync")) << asked;
    EXPECT_EQ(lost->count("call.two"), 0U);
  }
}

TEST_P(LiveEventsTest, ForgetsWhatIsTooOld) {
  const store::Login alice = login("alice@democompany.com");
  Listening first = listen("democompany");
  tell({watching()});
  tell({event("call.one", alice.brand.value, alice.customer.value)});
  ASSERT_TRUE(hears(first, "event: call.one"));
  const std::string id = first->last_id();
  first.reset();
  tell(std::vector<control::LiveEvent>(LiveEvents::kept_max, event("call.far", alice.brand.value, alice.customer.value + 1)));
  const Listening still = listen("democompany", {}, "Last-Event-ID: " + id + "\r\n");
  tell({event("call.next", alice.brand.value, alice.customer.value)});
  ASSERT_TRUE(hears(still, "event: call.next"));
  EXPECT_EQ(still->count("resync"), 0U);
  const Listening late = listen("democompany", {}, "Last-Event-ID: " + id + "\r\n");
  EXPECT_TRUE(hears(late, "event: resync"));
}

TEST_P(LiveEventsTest, SaysResyncAfterGapsAndWhenSignallingIsBack) {
  const Listening listener = listen("admin");
  tell({watching()});
  ASSERT_TRUE(hears(listener, "event: resync"));
  const std::string before = listener->last_id();
  tell({event("call.after", 1, 1)}, true);
  ASSERT_TRUE(hears(listener, "event: call.after"));
  EXPECT_EQ(listener->count("resync"), 2U);
  EXPECT_NE(listener->last_id().substr(0, 16), before.substr(0, 16));
  live_.receiver->on_events_over();
  live_.receiver = nullptr;
  tell({event("call.early", 1, 1), watching(), event("call.last", 1, 1)});
  ASSERT_TRUE(hears(listener, "event: call.last"));
  EXPECT_EQ(listener->count("resync"), 3U);
  EXPECT_EQ(listener->count("call.early"), 0U);
  EXPECT_FALSE(listener->is_closed);
}

TEST_P(LiveEventsTest, CutsOffAClientThatDoesNotRead) {
  const Listening listener = listen("admin");
  // A receiver that takes nothing: its socket is connected and never read.
  const int deaf = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address_.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int small = 4096;
  ::setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  ASSERT_EQ(::connect(deaf, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const std::string request =
      "GET /api/v1/live/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token_of("admin") + "\r\n\r\n";
  ASSERT_EQ(::send(deaf, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  ASSERT_TRUE(wait_until([&] { return server_.streams() == 2; }));
  tell({watching()});
  control::LiveEvent large = event("call.large", 1, 1);
  large.object.text = "{\"id\":\"" + std::string(50'000, 'x') + "\"}";
  int told = 0;
  while (server_.streams() == 2 && told < 1000) {
    tell({large});
    const std::size_t expected = static_cast<std::size_t>(++told);
    ASSERT_TRUE(wait_until([&] { return listener->count("call.large") == expected; }));
  }
  EXPECT_LT(told, 1000);
  EXPECT_EQ(server_.streams(), 1U);
  EXPECT_FALSE(listener->is_closed);
  ::close(deaf);
}

}  // namespace
}  // namespace carillon::api
