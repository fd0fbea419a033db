// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: both ends of the control channel, joined without sockets: answers, errors, deadlines, lists under credit, caps, and peers
// that misbehave.
#include <deque>

#include <gtest/gtest.h>

#include "control/client.hpp"
#include "control/server.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::control {
namespace {

/// Keeps frames until a test delivers them.
struct Pipe final : Wire {
  bool send_frame(std::string_view frame) override {
    largest = std::max(largest, frame.size());
    frames.emplace_back(frame);
    return is_open;
  }
  std::deque<std::string> frames;
  std::size_t largest = 0;
  bool is_open = true;
};

struct Channel {
  /// Carries frames both ways until none is left.
  void carry() {
    while (!to_server.frames.empty() || !to_client.frames.empty()) {
      if (!to_server.frames.empty()) {
        const std::string frame = std::move(to_server.frames.front());
        to_server.frames.pop_front();
        ASSERT_TRUE(session->take(frame));
      }
      if (!to_client.frames.empty()) {
        const std::string frame = std::move(to_client.frames.front());
        to_client.frames.pop_front();
        ASSERT_TRUE(client.take(frame));
      }
    }
    loop.run_until_idle();
  }

  test::VirtualLoop loop;
  Pipe to_server, to_client;
  Methods methods;
  std::shared_ptr<Session> session = std::make_shared<Session>(methods, to_client);
  Client client{loop, to_server};
};

std::vector<LiveCall> some_calls(std::size_t count) {
  std::vector<LiveCall> calls(count);
  for (std::size_t n = 0; n < count; ++n) {
    calls[n].id = CallId{1, n + 1};
    calls[n].caller = std::to_string(n);
    calls[n].answered_at = Instant(std::chrono::seconds(1'000'000 + n));
  }
  return calls;
}

TEST(Channel, AnswersWithDeclaredFields) {
  Channel channel;
  channel.methods.answer<Health>([](const Nothing&, Respond<Health> respond) {
    Health::Reply health;
    health.ready = true;
    health.reason = "none \"at all\"";
    respond(std::move(health));
  });
  std::optional<Result<Health::Reply>> answer;
  channel.client.call<Health>({}, 1s, [&](Result<Health::Reply> result) { answer = std::move(result); });
  EXPECT_FALSE(answer);
  channel.carry();
  ASSERT_TRUE(answer && *answer);
  EXPECT_TRUE((*answer)->ready);
  EXPECT_EQ((*answer)->reason, "none \"at all\"");
  EXPECT_TRUE(channel.client.is_idle());
}

TEST(Channel, PassesParametersAndErrors) {
  Channel channel;
  CallsHangup::Params seen;
  channel.methods.answer<CallsHangup>([&](const CallsHangup::Params& params, Respond<CallsHangup> respond) {
    seen = params;
    respond(failure(Fault::not_found, "no such call"));
  });
  CallsHangup::Params params;
  params.call = CallId{7, 8};
  params.brand.value = 77;
  std::optional<Error> error;
  channel.client.call<CallsHangup>(params, 1s, [&](Result<Nothing> result) { error = result.error(); });
  channel.carry();
  EXPECT_EQ(seen.call, (CallId{7, 8}));
  EXPECT_EQ(seen.brand.value, 77);
  EXPECT_EQ(seen.customer.value, 0);
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->is(Fault::not_found));
  EXPECT_EQ(error->what, "no such call");
}

TEST(Channel, ForeignErrorsAreRefusals) {
  Channel channel;
  channel.methods.answer<Reload>([](const Nothing&, Respond<Reload> respond) {
    Error error;
    error.code = "net.tls";
    error.what = "no certificate";
    respond(std::unexpected(error));
  });
  std::optional<Error> error;
  channel.client.call<Reload>({}, 1s, [&](Result<Nothing> result) { error = result.error(); });
  channel.carry();
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->is(Fault::refused));
  EXPECT_EQ(error->what, "no certificate");
}

TEST(Channel, ListsComeWholeAndUnderCredit) {
  Channel channel;
  channel.methods.answer<CallsList>([](const Whose& whose, Respond<CallsList> respond) {
    EXPECT_EQ(whose.customer.value, 5);
    EXPECT_EQ(whose.limit, 10000);
    respond(some_calls(2345));
  });
  Whose whose;
  whose.customer.value = 5;
  std::optional<Result<std::vector<LiveCall>>> answer;
  channel.client.call<CallsList>(whose, 1s, [&](Result<std::vector<LiveCall>> result) { answer = std::move(result); });
  ASSERT_TRUE(channel.session->take(channel.to_server.frames.front()));
  channel.to_server.frames.pop_front();
  EXPECT_EQ(channel.to_client.frames.size(), static_cast<std::size_t>(Client::credit_initial));
  channel.carry();
  ASSERT_TRUE(answer && *answer);
  ASSERT_EQ((*answer)->size(), 2345U);
  EXPECT_EQ((*answer)->back().id, (CallId{1, 2345}));
  EXPECT_EQ((*answer)->back().caller, "2344");
  EXPECT_EQ((*answer)->back().answered_at, Instant(std::chrono::seconds(1'002'344)));
  EXPECT_EQ((*answer)->back().started_at, Instant());
}

TEST(Channel, EmptyListIsAnAnswer) {
  Channel channel;
  channel.methods.answer<RegistrationsList>([](const Whose&, Respond<RegistrationsList> respond) { respond({}); });
  std::optional<std::size_t> size;
  channel.client.call<RegistrationsList>({}, 1s, [&](Result<std::vector<LiveRegistration>> result) { size = result->size(); });
  channel.carry();
  EXPECT_EQ(size, 0U);
}

TEST(Channel, BytesThatAreNotUtf8Arrive) {
  Channel channel;
  channel.methods.answer<RegistrationsList>([](const Whose&, Respond<RegistrationsList> respond) {
    std::vector<LiveRegistration> all(1);
    all[0].user_agent = "caf\xe9 \xf0\x9f\x93\x9e \xed\xa0\x80 ok";
    respond(std::move(all));
  });
  std::string seen;
  channel.client.call<RegistrationsList>({}, 1s,
                                         [&](Result<std::vector<LiveRegistration>> result) { seen = result->at(0).user_agent; });
  channel.carry();
  EXPECT_EQ(seen, "caf? \xf0\x9f\x93\x9e ??? ok");
}

TEST(Channel, CallsEndInTime) {
  Channel channel;
  std::optional<Respond<Ping>> late;
  channel.methods.answer<Ping>([&](const Nothing&, Respond<Ping> respond) { late.emplace(std::move(respond)); });
  std::optional<Error> error;
  channel.client.call<Ping>({}, 2s, [&](Result<Nothing> result) { error = result.error(); });
  channel.carry();
  channel.loop.run_for(1999ms);
  EXPECT_FALSE(error);
  channel.loop.run_for(2ms);
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->is(Fault::timeout));
  (*late)(Nothing());
  channel.carry();
  EXPECT_TRUE(channel.client.is_idle());
}

TEST(Channel, AbandonedListsAreForgotten) {
  Channel channel;
  channel.methods.answer<CallsList>([](const Whose&, Respond<CallsList> respond) { respond(some_calls(450)); });
  for (std::size_t n = 0; n < Session::requests_max + 2; ++n) {
    bool failed = false;
    channel.client.call<CallsList>({}, 1s, [&](Result<std::vector<LiveCall>> result) { failed = !result; });
    ASSERT_TRUE(channel.session->take(channel.to_server.frames.front()));
    channel.to_server.frames.clear();
    channel.to_client.frames.clear();  // The items are lost, so the reader gives up.
    channel.loop.run_for(1s + 2ms);
    ASSERT_TRUE(failed);
    ASSERT_TRUE(channel.session->take(channel.to_server.frames.front()));
    channel.to_server.frames.clear();
  }
}

TEST(Channel, DroppedRequestsAreAnswered) {
  Channel channel;
  channel.methods.answer<Ping>([](const Nothing&, const Respond<Ping>&) {});
  std::optional<Error> error;
  channel.client.call<Ping>({}, 1s, [&](Result<Nothing> result) { error = result.error(); });
  channel.carry();
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->is(Fault::unanswered));
}

TEST(Channel, UnknownMethodsAreRefused) {
  Channel channel;
  std::optional<Error> error;
  channel.client.call<Ping>({}, 1s, [&](Result<Nothing> result) { error = result.error(); });
  channel.carry();
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->is(Fault::unknown_method));
}

TEST(Channel, BothEndsBoundWhatIsUnderWay) {
  Channel channel;
  std::vector<Respond<Ping>> held;
  channel.methods.answer<Ping>([&](const Nothing&, Respond<Ping> respond) { held.push_back(std::move(respond)); });
  int busy = 0;
  for (std::size_t n = 0; n < Client::calls_max + 3; ++n) {
    channel.client.call<Ping>({}, 1s, [&](Result<Nothing> result) { busy += !result && result.error().is(Fault::busy) ? 1 : 0; });
  }
  channel.carry();
  EXPECT_EQ(busy, 3);
  EXPECT_EQ(held.size(), Client::calls_max);
  // A peer without such manners is told the same.
  EXPECT_TRUE(channel.session->take(encode(Request{9999, "ping", {}, 0})));
  const auto answer = decode(channel.to_client.frames.back());
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::get<Done>(*answer).result.error().is(Fault::busy));
}

TEST(Channel, ClosingEndsEveryCall) {
  Channel channel;
  int closed = 0;
  const auto count = [&](Result<Nothing> result) { closed += !result && result.error().is(Fault::closed) ? 1 : 0; };
  channel.client.call<Ping>({}, 1s, count);
  channel.client.call<Ping>({}, 1s, count);
  channel.client.close();
  EXPECT_EQ(closed, 2);
  channel.client.call<Ping>({}, 1s, count);
  EXPECT_EQ(closed, 2);
  channel.loop.run_until_idle();
  EXPECT_EQ(closed, 3);
}

TEST(Channel, AnswersAfterTheSessionAreNothing) {
  Channel channel;
  std::optional<Respond<Ping>> held;
  channel.methods.answer<Ping>([&](const Nothing&, Respond<Ping> respond) { held.emplace(std::move(respond)); });
  channel.client.call<Ping>({}, 1s, [](const Result<Nothing>&) {});
  channel.carry();
  channel.session.reset();
  (*held)(Nothing());
  EXPECT_TRUE(channel.to_client.frames.empty());
}

TEST(Channel, PeersThatDoNotSpeakTheProtocolAreCutOff) {
  const char* const frames[] = {"",
                                "x",
                                "[]",
                                "{}",
                                R"({"id":0,"method":"ping"})",
                                R"({"id":-1,"method":"ping"})",
                                R"({"id":"1","method":"ping"})",
                                R"({"id":1,"method":1})",
                                R"({"id":1,"method":"ping","params":[]})",
                                R"({"id":1,"method":"ping","credit":17})",
                                R"({"id":1,"credit":-1})",
                                R"({"id":1,"credit":"1"})",
                                R"({"id":1,"items":{}})",
                                R"({"id":1,"result":[]})",
                                R"({"id":1,"error":"busy"})",
                                "{\"id\":1,\"method\":\"ping\"}\x01",
                                R"({"id":1,"x":[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]})"};
  for (const char* frame : frames) {
    const auto message = decode(frame);
    ASSERT_FALSE(message) << frame;
    EXPECT_TRUE(message.error().is(Fault::bad_frame)) << frame;
  }
  Channel channel;
  EXPECT_FALSE(channel.session->take(R"({"id":1,"result":{}})"));
  EXPECT_FALSE(channel.client.take(R"({"id":1,"method":"ping"})"));
}

TEST(Channel, BadParametersNameTheMember) {
  Channel channel;
  channel.methods.answer<CallsList>([](const Whose&, Respond<CallsList> respond) { respond({}); });
  const char* const params[] = {R"({"limit":0})", R"({"limit":"9"})", R"({"limit":100001})", R"({"customer":7})",
                                R"({"customer":"not base 32!"})"};
  std::int64_t id = 0;
  for (const char* text : params) {
    const std::string frame = R"({"id":)" + std::to_string(++id) + R"(,"method":"calls.list","params":)" + text + "}";
    ASSERT_TRUE(channel.session->take(frame)) << frame;
    const auto answer = decode(channel.to_client.frames.back());
    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::get<Done>(*answer).result.error().is(Fault::bad_params)) << frame;
  }
  // What a newer release adds is passed over.
  ASSERT_TRUE(channel.session->take(R"({"id":99,"method":"calls.list","params":{"colour":"blue"}})"));
  const auto answer = decode(channel.to_client.frames.back());
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::get<Done>(*answer).result);
}

TEST(Channel, FramesStayUnderTheCap) {
  Channel channel;
  channel.methods.answer<CallsList>([](const Whose&, Respond<CallsList> respond) {
    auto calls = some_calls(300);
    for (LiveCall& call : calls) call.callee.assign(20000, 'x');
    respond(std::move(calls));
  });
  channel.methods.answer<Metrics>([](const Nothing&, Respond<Metrics> respond) {
    Metrics::Reply reply;
    reply.text.assign(frame_bytes_max, 'x');
    respond(std::move(reply));
  });
  std::size_t size = 0;
  std::optional<Error> error;
  channel.client.call<CallsList>({}, 1s, [&](Result<std::vector<LiveCall>> result) { size = result->size(); });
  channel.client.call<Metrics>({}, 1s, [&](Result<Metrics::Reply> result) { error = result.error(); });
  channel.carry();
  EXPECT_EQ(size, 300U);
  EXPECT_LE(channel.to_client.largest, frame_bytes_max);
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->is(Fault::busy));
}

/// Somebody who watches, and the other end of it.
struct Watched {
  Watched() {
    channel.methods.watch<EventsWatch>([this](const Nothing&, Watcher<EventsWatch> its) { watcher.emplace(std::move(its)); });
    channel.client.watch<EventsWatch>(
        {},
        [this](bool gap, std::vector<LiveEvent> events) {
          if (gap) gaps++;
          for (LiveEvent& each : events) heard.push_back(std::move(each.type));
        },
        [this](const Result<>& end) { error = end.error().code; });
    channel.carry();
  }
  bool tell(std::string type) {
    LiveEvent event;
    event.type = std::move(type);
    event.object.text = R"({"a":1})";
    return watcher->tell(event);
  }
  Channel channel;
  std::optional<Watcher<EventsWatch>> watcher;
  std::vector<std::string> heard;
  int gaps = 0;
  std::string_view error;
};

TEST(Watching, TellsEventsWithoutEnd) {
  Watched watched;
  ASSERT_TRUE(watched.watcher);
  for (int n = 0; n < 1000; ++n) {
    ASSERT_TRUE(watched.tell(std::to_string(n)));
    if (n % 7 == 0) watched.channel.carry();
  }
  watched.channel.carry();
  watched.channel.loop.run_for(1h);
  ASSERT_EQ(watched.heard.size(), 1000U);
  EXPECT_EQ(watched.heard.back(), "999");
  EXPECT_EQ(watched.gaps, 0);
  EXPECT_EQ(watched.error, "");
}

TEST(Watching, AReaderThatIsBehindGetsAGapAndNoMoreThanFits) {
  Watched watched;
  const std::size_t many = 3 * Session::backlog_max;
  for (std::size_t n = 0; n < many; ++n) ASSERT_TRUE(watched.tell(std::to_string(n)));
  EXPECT_EQ(watched.channel.to_client.frames.size(), static_cast<std::size_t>(Client::credit_initial));
  watched.channel.carry();
  EXPECT_EQ(watched.gaps, 1);
  EXPECT_LE(watched.heard.size(), Session::backlog_max + Client::credit_initial);
  EXPECT_EQ(watched.heard.back(), std::to_string(many - 1));
  EXPECT_TRUE(watched.watcher->tell_gap());
  watched.channel.carry();
  EXPECT_EQ(watched.gaps, 2);
}

TEST(Watching, EndsWithEitherSide) {
  Watched dropped;
  dropped.watcher.reset();
  dropped.channel.carry();
  EXPECT_EQ(dropped.error, name_of(Fault::unanswered));
  Watched closed;
  closed.channel.client.close();
  EXPECT_EQ(closed.error, name_of(Fault::closed));
  EXPECT_TRUE(closed.watcher->is_wanted());
  closed.channel.session.reset();
  EXPECT_FALSE(closed.watcher->is_wanted());
  EXPECT_FALSE(closed.tell("nobody hears it"));
}

}  // namespace
}  // namespace carillon::control
