// SPDX-License-Identifier: GPL-3.0-or-later
#include "flows/script.hpp"

#include <fstream>

#include "flows/story.hpp"

namespace carillon::flows {

std::string run_flow(const std::filesystem::path& file, std::uint64_t seed) {
  std::ifstream input(file);
  Story story(seed);
  int number = 0;
  try {
    for (std::string line; std::getline(input, line);) {
      ++number;
      // In a number it is a digit like others.
      const bool is_comment = line.starts_with('#');
      std::istringstream text(is_comment ? std::string() : line.substr(0, line.find(" #")));
      Words words;
      for (std::string word; text >> word;) words.push_back(word);
      if (!words.empty()) story.run(words);
    }
    if (number == 0) throw Disappointment{"the file cannot be read or is empty"};
    story.close();
  } catch (const Disappointment& disappointment) {
    return fmt::format("line {}: {}", number, disappointment.what);
  }
  return {};
}

}  // namespace carillon::flows
