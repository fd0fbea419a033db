// SPDX-License-Identifier: GPL-3.0-or-later
// The values of the headers that every part of the platform reads: Via, CSeq, Contact, media types, and the walk over comma
// lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "sip/fault.hpp"
#include "sip/method.hpp"
#include "sip/params.hpp"
#include "sip/uri.hpp"

namespace carillon::sip {

/// The branch is unique by itself (§8.1.1.7): it begins with the magic cookie, and something follows.
constexpr bool is_cookie_branch(std::string_view branch) {
  return branch.size() > 7 && branch.starts_with("z9hG4bK");
}

/// One Via value (RFC 3261 §20.42), with the parameters that responses are routed by.
struct Via {
  std::string_view transport;  ///< "UDP", as written.
  std::string_view host;       ///< IPv6 in brackets.
  std::uint16_t port = 0;      ///< 0 = not given.
  std::string_view sent_by;    ///< host[:port], as written.
  std::string_view branch;
  std::string_view received;
  std::string_view maddr;
  bool has_rport = false;
  std::uint16_t rport = 0;  ///< Its value, 0 for a bare flag.
  Params params;

  static Result<Via> parse(std::string_view text);

  /// Takes the first value off a comma list; `list` then begins with the comma behind it, or is empty.
  static Result<Via> take(std::string_view& list);

  bool has_cookie() const { return is_cookie_branch(branch); }
};

struct CSeq {
  std::uint32_t number = 0;
  Method method = Method::unknown;
  std::string_view method_name;

  /// Numbers up to 2^31 - 1 (§8.1.1.5).
  static Result<CSeq> parse(std::string_view text);
};

/// One Contact value.
struct Contact {
  bool star = false;  ///< "*"; then nothing else is set.
  NameAddr address;
  std::optional<std::uint32_t>
      expires;                     ///< Values above 2^32 - 1 read as that; nonsense as absent (§10.2.1.1 falls back to defaults).
  std::optional<std::uint16_t> q;  ///< Thousandths, 0 to 1000.
  std::string_view instance;       ///< +sip.instance without quotes: "<urn:uuid:…>" (RFC 5626 §4.1).
  std::optional<std::uint32_t> reg_id;

  static Result<Contact> parse(std::string_view text);
};

struct MediaType {
  std::string_view type;
  std::string_view subtype;
  Params params;

  static Result<MediaType> parse(std::string_view text);
  bool is(std::string_view other_type, std::string_view other_subtype) const;  ///< Case ignored.
};

/// A plain decimal such as that of Expires or Retry-After with its parameters ignored: saturates at 2^32 - 1, nothing if no digit
/// leads.
std::optional<std::uint32_t> parse_seconds(std::string_view text);

/// A range over the values of one comma-separated header line. Commas inside quotes and angle brackets do not separate, empty
/// values are skipped, blanks around values trimmed.
class CommaList {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { advance(); }
    std::string_view operator*() const { return value_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(std::default_sentinel_t) const { return value_.empty(); }

   private:
    void advance();
    std::string_view rest_;
    std::string_view value_;
  };

  explicit CommaList(std::string_view text) : text_(text) {}
  Iterator begin() const { return Iterator(text_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view text_;
};

}  // namespace carillon::sip
