// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a fuzz target once over every file of the folders (or over the files) named on the command line, without libFuzzer. An
// input that takes long is a fault too: no parser needs more than the length of its input.
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr double seconds_max = 3;  // Of the processor, under any sanitizer.
constexpr std::size_t grown_bytes = 64 * 1024;
bool is_slow = false;

void run(const std::filesystem::path& path, const std::string& bytes) {
  const std::clock_t began = std::clock();
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  if (seconds < seconds_max) return;
  is_slow = true;
  std::printf("%s: %zu bytes took %.1f s\n", path.c_str(), bytes.size(), seconds);
}

void run(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  run(path, bytes);
  std::string grown = bytes;
  while (!bytes.empty() && grown.size() < grown_bytes) grown += bytes;
  run(path, grown);
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      run(argv[i]);
      ++files;
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (entry.is_regular_file()) run(entry.path()), ++files;
    }
  }
  std::printf("%zu inputs\n", files);
  return files == 0 || is_slow ? 1 : 0;
}
