// SPDX-License-Identifier: GPL-3.0-or-later
// The two assertions of Carillon, both on in release builds (docs/adr/0005-failure-inside.md).
#pragma once

#include <exception>

namespace carillon {

/// The state of one call, dialog or transaction is broken. Thrown by CARILLON_ENSURE alone and caught where one of these is
/// entered (docs/adr/0013-where-broken-is-caught.md). The call ends with a flagged record; nobody else is disturbed.
class Broken : public std::exception {
 public:
  Broken(const char* condition, const char* file, int line) : condition_(condition), file_(file), line_(line) {}
  const char* what() const noexcept override { return condition_; }
  const char* file() const { return file_; }
  int line() const { return line_; }

 private:
  const char* condition_;
  const char* file_;
  int line_;
};

/// Writes the place to stderr and aborts. Memory, money or tenancy is wrong: going on would do harm.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace carillon

#define CARILLON_ENSURE(condition) ((condition) ? void() : throw ::carillon::Broken(#condition, __FILE__, __LINE__))
#define CARILLON_ASSERT(condition) ((condition) ? void() : ::carillon::assertion_failed(#condition, __FILE__, __LINE__))
