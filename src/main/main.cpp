// SPDX-License-Identifier: GPL-3.0-or-later
// The program.
#include "main/command_line.hpp"
#include "main/commands.hpp"

int main(int argc, char** argv) {
  using carillon::main::Finished;
  const auto visit = []<class T>(const T& command) {
    if constexpr (std::is_same_v<T, Finished>)
      return command.status;
    else
      return carillon::main::run(command);
  };
  return std::visit(visit, carillon::main::parse_command_line(argc, argv));
}
