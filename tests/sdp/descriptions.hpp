// SPDX-License-Identifier: GPL-3.0-or-later
// Descriptions for the tests of sdp: from files of tests/data/sdp, or made of a few lines.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sdp/session.hpp"

namespace carillon::sdp {

/// The file with CRLF line ends, as it would arrive.
inline std::string read_description(std::string_view name) {
  std::ifstream file(std::string(CARILLON_TEST_DATA "/sdp/") + std::string(name));
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  for (std::string line; std::getline(file, line);) text << line << "\r\n";
  return text.str();
}

inline Session parse_or_die(std::string_view text) {
  auto session = Session::parse(text);
  if (!session) throw std::runtime_error(session.error().what);
  return std::move(*session);
}

/// One audio stream with that c= address, port and further lines.
inline std::string audio(std::string_view address, std::string_view port, std::string_view more = {}) {
  std::string text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 ";
  text.append(address).append("\r\nt=0 0\r\nm=audio ").append(port).append(" RTP/AVP 0\r\n").append(more);
  return text;
}

}  // namespace carillon::sdp
