// SPDX-License-Identifier: GPL-3.0-or-later
// What strangers send in the manner of the PROTOS suite: right SIP messages, each broken in one to three places of its grammar.
// The same seed makes the same messages.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::test {

class MalformedMessages {
 public:
  explicit MalformedMessages(std::uint64_t seed) : random_(seed) {}

  /// From one of the generator's own messages, which cover the methods and the usual responses. Up to about 70 kB.
  std::string next();
  /// From a message that was seen somewhere.
  std::string next_of(std::string_view message);

 private:
  struct Parts {
    std::string start;
    std::vector<std::string> lines;  ///< "Name: value".
    std::string body;
  };
  using Mutation = void (MalformedMessages::*)(Parts&);

  std::size_t pick(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  std::string own_message();
  static Parts split(std::string_view message);
  std::string join(const Parts& parts);
  std::string& any_line(Parts& parts);
  std::string anomaly();

  void overflow_value(Parts& parts);
  void bad_number(Parts& parts);
  void replace_value(Parts& parts);
  void insert_anomaly(Parts& parts);
  void repeat_header(Parts& parts);
  void repeat_element(Parts& parts);
  void drop_header(Parts& parts);
  void drop_piece(Parts& parts);
  void play_with_length(Parts& parts);
  void bend_line_end(Parts& parts);
  void bend_name(Parts& parts);
  void bend_start(Parts& parts);
  void bend_body(Parts& parts);
  void cut_or_flip(std::string& bytes);

  std::mt19937_64 random_;
};

}  // namespace carillon::test
