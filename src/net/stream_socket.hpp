// SPDX-License-Identifier: GPL-3.0-or-later
// Byte streams of the system: TCP and local sockets behave alike once they are connected. What is written during a batch leaves
// with one system call at its end; one read buffer serves all streams of a loop.
#pragma once

#include <memory>
#include <string>

#include "net/asio_network.hpp"
#include "net/lifetime.hpp"
#include "net/poller.hpp"
#include "net/socket.hpp"

namespace carillon::net {

/// What the streams of one network share.
struct StreamShared {
  Loop& loop;
  Poller& poller;
  std::span<char> read_buffer;
  AsioNetwork::Counters& counters;
};

class SystemStream final : public Stream, private Poller::Watch, private Poller::Flush {
 public:
  /// Takes over a connected socket, or one whose connect() is under way. An invalid descriptor makes a stream that only closes.
  SystemStream(const StreamShared& shared, Descriptor descriptor, const Address& remote, bool is_connected);
  ~SystemStream() override;

  void set_receiver(Receiver& receiver) override;
  Address local() const override { return local_; }
  Address remote() const override { return remote_; }
  bool write(std::string_view bytes) override;
  std::size_t waiting() const override { return outgoing_.size(); }
  void close() override;

 private:
  /// In this order, some left out.
  enum class State { connecting, open, lingering, failed, closed };

  void on_ready(std::uint32_t events) override;
  void flush() override;
  void send_queued();
  void on_connected();
  void read();
  void discard();
  void linger();
  void fail();
  void tell_closed();
  void on_deadline();
  void watch_for(std::uint32_t events);
  std::uint32_t wanted_events() const;
  bool is_done() const { return state_ == State::failed || state_ == State::closed; }
  void arm(Duration from_now) { shared_.loop.timers().arm(deadline_, shared_.loop.now() + from_now); }

  const StreamShared& shared_;
  Descriptor descriptor_;
  Address local_;
  Address remote_;
  State state_;
  Receiver* receiver_ = nullptr;
  std::string outgoing_;
  std::size_t discarded_ = 0;  ///< Since it began to linger.
  std::size_t room_ = 0;       ///< What `outgoing_` may hold until it is empty again.
  bool will_flush_ = false;
  bool is_closing_ = false;    ///< Asked to close; what is queued goes first.
  std::uint32_t watched_ = 0;  ///< Zero: not in the poller.
  Lifetime lifetime_;
  Timer deadline_;  ///< For connecting, for closing, and to tell of a failure in the next turn.
};

class SystemListener final : public StreamListener, private Poller::Watch {
 public:
  SystemListener(const StreamShared& shared, Descriptor descriptor, std::string path, Acceptor& acceptor);
  ~SystemListener() override;
  Address local() const override { return local_; }

 private:
  void on_ready(std::uint32_t events) override;
  void rest();

  const StreamShared& shared_;
  Descriptor descriptor_;
  std::string path_;  ///< Of a local socket; removed with the listener.
  Acceptor& acceptor_;
  Address local_;
  Lifetime lifetime_;
  Timer rested_;
};

Result<std::unique_ptr<StreamListener>> open_tcp_listener(const StreamShared& shared, const Address& local,
                                                          StreamListener::Acceptor& acceptor);
Result<std::unique_ptr<StreamListener>> open_local_listener(const StreamShared& shared, const std::string& path,
                                                            StreamListener::Acceptor& acceptor);
std::unique_ptr<Stream> open_tcp_stream(const StreamShared& shared, const Address& remote, const Address& local);
std::unique_ptr<Stream> open_local_stream(const StreamShared& shared, const std::string& path);

}  // namespace carillon::net
