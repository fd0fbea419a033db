// SPDX-License-Identifier: GPL-3.0-or-later
// Runs every flow file below tests/flows as a test of its own, or the files named on the command line. --seed N chooses the
// network's luck.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/log.hpp"
#include "flows/script.hpp"

namespace carillon::flows {
namespace {

class Flow final : public ::testing::Test {
 public:
  Flow(std::filesystem::path file, std::uint64_t seed) : file_(std::move(file)), seed_(seed) {}
  void TestBody() override {
    const std::string trouble = run_flow(file_, seed_);
    EXPECT_TRUE(trouble.empty()) << file_.string() << ", " << trouble << " (seed " << seed_ << ")";
  }

 private:
  std::filesystem::path file_;
  std::uint64_t seed_;
};

void add(const std::filesystem::path& file, std::uint64_t seed) {
  const std::string suite = "Flow/" + file.parent_path().filename().string();
  ::testing::RegisterTest(suite.c_str(), file.stem().c_str(), nullptr, nullptr, file.c_str(), 1,
                          [=]() -> ::testing::Test* { return new Flow(file, seed); });
}

std::vector<std::filesystem::path> all_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(CARILLON_FLOWS))
    if (entry.path().extension() == ".flow") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace
}  // namespace carillon::flows

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  carillon::log::set_level(std::getenv("CARILLON_LOG") != nullptr ? carillon::log::Level::debug : carillon::log::Level::off);
  std::uint64_t seed = 1;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--seed" && i + 1 < argc)
      seed = std::strtoull(argv[++i], nullptr, 10);
    else
      files.emplace_back(argument);
  }
  if (files.empty())
    files = carillon::flows::all_files();
  else
    GTEST_FLAG_SET(filter, "Flow/*");
  for (const std::filesystem::path& file : files) carillon::flows::add(file, seed);
  return RUN_ALL_TESTS();
}
