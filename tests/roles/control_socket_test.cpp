// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the control channel over local sockets: answers, absence, a server that comes back, peers that misbehave or are too many.
#include "roles/control_socket.hpp"

#include <gtest/gtest.h>

#include "net/asio_network.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::roles {
namespace {

class ControlSocketTest : public ::testing::Test {
 protected:
  ControlSocketTest() {
    methods_.answer<control::Ping>(
        [](const control::Nothing&, control::Respond<control::Ping> respond) { respond(control::Nothing()); });
    methods_.answer<control::CallsList>([](const control::Whose&, control::Respond<control::CallsList> respond) {
      respond(std::vector<control::LiveCall>(1000));
    });
  }

  std::unique_ptr<ControlServer> listen() {
    auto server = ControlServer::listen(network_, path_, methods_);
    EXPECT_TRUE(server) << server.error().what;
    return std::move(*server);
  }

  template <class M>
  Result<control::Answer<M>> ask(ControlLink& link, const typename M::Params& params = {}) {
    Result<control::Answer<M>> answer;
    link.call<M>(params, 5s, [&](Result<control::Answer<M>> result) {
      answer = std::move(result);
      loop_.stop();
    });
    loop_.run();
    return answer;
  }

  const carillon::testing::TemporaryDirectory directory_;
  const std::string path_ = directory_.path() / "role.sock";
  net::AsioLoop loop_;
  net::AsioNetwork network_{loop_};
  control::Methods methods_;
};

TEST_F(ControlSocketTest, Answers) {
  const auto server = listen();
  ControlLink link(network_, path_);
  EXPECT_TRUE(ask<control::Ping>(link));
  const auto calls = ask<control::CallsList>(link);
  ASSERT_TRUE(calls);
  EXPECT_EQ(calls->size(), 1000U);
}

TEST_F(ControlSocketTest, SaysThatNobodyIsThere) {
  ControlLink link(network_, path_);
  const auto answer = ask<control::Ping>(link);
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(control::Fault::closed));
}

TEST_F(ControlSocketTest, ConnectsAgain) {
  auto server = listen();
  ControlLink link(network_, path_);
  EXPECT_TRUE(ask<control::Ping>(link));
  server.reset();
  EXPECT_FALSE(ask<control::Ping>(link));
  server = listen();
  EXPECT_TRUE(ask<control::Ping>(link));
}

TEST_F(ControlSocketTest, TheSocketIsItsOwnersAlone) {
  const auto server = listen();
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path_).permissions() & (perms::group_all | perms::others_all), perms::none);
}

/// A peer that writes what it likes.
struct Stranger final : net::Stream::Receiver {
  Stranger(net::AsioLoop& its_loop, net::Network& network, const std::string& path)
      : loop(its_loop), stream(network.connect_local(path)) {
    stream->set_receiver(*this);
  }
  bool on_bytes(std::string_view) override { return true; }
  void on_closed() override {
    is_closed = true;
    loop.stop();
  }
  net::AsioLoop& loop;
  std::unique_ptr<net::Stream> stream;
  bool is_closed = false;
};

TEST_F(ControlSocketTest, CutsOffWhatIsNotTheProtocol) {
  const auto server = listen();
  for (const std::string_view bytes : {std::string_view("GET / HTTP/1.1\r\n\r\n"), std::string_view("\0\0\0\x02{}", 6),
                                       std::string_view("\xff\xff\xff\xff", 4)}) {
    Stranger stranger(loop_, network_, path_);
    EXPECT_TRUE(stranger.stream->write(bytes));
    loop_.run();
    EXPECT_TRUE(stranger.is_closed);
  }
  ControlLink link(network_, path_);
  EXPECT_TRUE(ask<control::Ping>(link));
}

TEST_F(ControlSocketTest, BoundsItsConnections) {
  const auto server = listen();
  std::vector<std::unique_ptr<ControlLink>> links;
  int answered = 0;
  int refused = 0;
  for (int n = 0; n < 40; ++n) {
    links.push_back(std::make_unique<ControlLink>(network_, path_));
    (ask<control::Ping>(*links.back()) ? answered : refused) += 1;
  }
  EXPECT_EQ(answered, 32);
  EXPECT_EQ(refused, 8);
}

TEST_F(ControlSocketTest, LinksMayGoWhileTheyWait) {
  const auto server = listen();
  auto link = std::make_unique<ControlLink>(network_, path_);
  bool is_called = false;
  link->call<control::Ping>({}, 5s, [&](const Result<control::Nothing>&) { is_called = true; });
  link.reset();
  ControlLink other(network_, path_);
  EXPECT_TRUE(ask<control::Ping>(other));
  EXPECT_FALSE(is_called);
}

TEST_F(ControlSocketTest, AnAnswerMayDestroyItsLink) {
  const auto server = listen();
  auto link = std::make_unique<ControlLink>(network_, path_);
  link->call<control::Ping>({}, 5s, [&](const Result<control::Nothing>&) {
    link.reset();
    loop_.stop();
  });
  loop_.run();
  EXPECT_EQ(link, nullptr);
}

}  // namespace
}  // namespace carillon::roles
