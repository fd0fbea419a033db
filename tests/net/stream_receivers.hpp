// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of streams listen with: receivers that keep what they were told.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace carillon::test {

struct Recording final : net::Stream::Receiver {
  bool on_bytes(std::string_view more) override {
    bytes += more;
    pieces++;
    return bytes.size() < refuse_at;
  }
  void on_closed() override { closed++; }
  std::string bytes;
  std::size_t pieces = 0;
  std::size_t refuse_at = static_cast<std::size_t>(-1);
  int closed = 0;
};

struct Accepting final : net::StreamListener::Acceptor {
  void on_accept(std::unique_ptr<net::Stream> stream) override {
    records.push_back(std::make_unique<Recording>());
    if (reads) stream->set_receiver(*records.back());
    streams.push_back(std::move(stream));
  }
  bool reads = true;
  std::vector<std::unique_ptr<Recording>> records;
  std::vector<std::unique_ptr<net::Stream>> streams;
};

}  // namespace carillon::test
