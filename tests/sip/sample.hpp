// SPDX-License-Identifier: GPL-3.0-or-later
// Messages from tests/data/sip, as they are or with one place changed.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace carillon::sip {

/// The bytes of tests/data/sip/<name>.
inline std::string sample(const std::string& name) {
  std::ifstream file(std::string(CARILLON_TEST_DATA) + "/sip/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// `text` with the first `from` replaced, which must be there.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace carillon::sip
