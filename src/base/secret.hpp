// SPDX-License-Identifier: GPL-3.0-or-later
// A password or key that cannot end up in a log, a trace or an error message by accident.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace carillon {

/// Text that prints as "***" and is wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  /// The text itself: to compute with, never to print.
  const std::string& reveal() const { return text_; }
  bool is_empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace carillon

template <>
struct fmt::formatter<carillon::Secret> : fmt::formatter<std::string_view> {
  auto format(const carillon::Secret&, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
