// SPDX-License-Identifier: GPL-3.0-or-later
// Wiping secrets before their memory goes to somebody else.
#include "base/secret.hpp"

#include <cstring>

namespace carillon {
namespace {

void wipe(std::string& text) {
  text.resize(text.capacity());  // Short texts lie inside the string, and a moved-from one may still hold them.
  explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
  wipe(other.text_);
}

Secret& Secret::operator=(Secret other) noexcept {
  text_.swap(other.text_);
  return *this;
}

Secret::~Secret() {
  wipe(text_);
}

}  // namespace carillon
