// SPDX-License-Identifier: GPL-3.0-or-later
// One SIP message as a view: parse() indexes the bytes in place without allocating, checks what every receiver relies on, and
// leaves the rest to typed accessors. The bytes must outlive the view; OwnedMessage keeps them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sip/fault.hpp"
#include "sip/header_id.hpp"
#include "sip/header_value.hpp"
#include "sip/method.hpp"
#include "sip/uri.hpp"

namespace carillon::sip {

struct Limits {
  std::uint32_t header_bytes = 16 * 1024;  ///< Start line and headers; at most 65535.
  std::uint32_t body_bytes = 64 * 1024;
};

/// A header line. The value is trimmed; a folded one still holds its CRLFs, which count as blanks.
struct Header {
  HeaderId id = HeaderId::unknown;
  std::string_view name;  ///< As written, without blanks.
  std::string_view value;
};

class Message {
 public:
  static constexpr std::size_t max_headers = 128;
  static constexpr std::size_t max_contacts = 32;

  /// An empty message; only parse() makes useful ones.
  Message() { first_line_.fill(none); }

  /// Indexes one whole message: a datagram, a WebSocket frame or what StreamFramer cut out of a stream. Bytes beyond
  /// Content-Length are ignored (RFC 3261 §18.3). Accepted are only messages with Via, From, To, Call-ID and CSeq that can be
  /// read, the method of the CSeq matching, no header doubled that must be single, and a Request-URI that parses.
  static Result<Message> parse(std::string_view bytes, const Limits& limits = {});

  /// What can still be read of a request that parse() refused, just enough for write_response_head(): the request line's method,
  /// the top Via, and From, To, Call-ID and CSeq if they stand there. Nothing when it cannot or must not be answered (a response,
  /// an ACK, no Via). Only the header accessors and method() may be used on it.
  static std::optional<Message> for_refusal(std::string_view bytes);

  /// The length of the message that begins with this header part, by its Content-Length, which a stream requires (§18.3). An
  /// error other than of the start line means that the stream cannot be read on.
  static Result<std::size_t> length_on_stream(std::string_view head, const Limits& limits);

  bool is_request() const { return status_ == 0; }
  bool is_response() const { return status_ != 0; }

  Method method() const { return method_; }                                ///< Of a response: that of its CSeq.
  std::string_view method_name() const { return text(method_text_); }      ///< Likewise.
  std::string_view request_uri_text() const { return text(first_text_); }  ///< As written.
  Uri request_uri() const;
  int status() const { return status_; }                         ///< 0 for a request.
  std::string_view reason() const { return text(first_text_); }  ///< Of a response.
  bool is_provisional() const { return status_ >= 100 && status_ < 200; }
  bool is_success() const { return status_ >= 200 && status_ < 300; }
  bool is_final() const { return status_ >= 200; }

  /// The top Via, and what transactions are matched by without parsing it again.
  Via via() const;
  std::string_view via_branch() const { return text(via_branch_); }
  std::string_view via_sent_by() const { return text(via_sent_by_); }
  NameAddr from() const;
  NameAddr to() const;
  std::string_view from_tag() const { return text(from_tag_); }
  std::string_view to_tag() const { return text(to_tag_); }
  std::string_view call_id() const { return text(call_id_); }
  CSeq cseq() const;
  std::uint32_t cseq_number() const { return cseq_number_; }
  /// 0 to 255 (checked by parse()); nothing when absent.
  std::optional<std::uint8_t> max_forwards() const { return max_forwards_; }
  std::optional<std::uint32_t> expires() const;
  std::optional<MediaType> content_type() const;
  std::string_view body() const { return {base_ + body_at_, body_length_}; }
  /// All Contacts in order; an error when one is malformed, "*" is not alone, or there are more than max_contacts.
  Result<std::vector<Contact>> contacts() const;
  /// The first Contact, parsed; the usual case outside REGISTER.
  Result<Contact> contact() const;

  bool has(HeaderId id) const { return first_line_[static_cast<std::size_t>(id)] != none; }
  /// The first line of that header, trimmed, whole (comma lists unsplit).
  std::optional<std::string_view> first(HeaderId id) const;
  /// The same for a header that the table does not know, case ignored.
  std::optional<std::string_view> first(std::string_view name) const;
  /// True when one of the header's values is this token, case ignored: `lists(HeaderId::supported, "replaces")`.
  bool lists(HeaderId id, std::string_view token) const;

  class Values;
  /// All values of a header in order, across repeated lines and comma lists: `for (std::string_view option : message.values(…))`.
  Values values(HeaderId id) const;

  std::size_t header_count() const { return count_; }
  Header header(std::size_t index) const;

  /// From the first byte of the start line to the last of the body.
  std::string_view raw() const { return {base_, body_at_ + body_length_}; }

 private:
  friend class OwnedMessage;
  friend class MessageParser;
  static constexpr std::uint8_t none = 0xff;
  struct Span {
    std::uint16_t at = 0;
    std::uint16_t length = 0;
  };
  struct Line {
    Span name;
    Span value;
    HeaderId id;
  };
  std::string_view text(Span span) const { return {base_ + span.at, span.length}; }
  std::string_view value_of(HeaderId id) const;

  const char* base_ = nullptr;
  std::uint32_t body_at_ = 0;
  std::uint32_t body_length_ = 0;
  std::uint16_t status_ = 0;
  Method method_ = Method::unknown;
  std::uint8_t count_ = 0;
  std::uint32_t cseq_number_ = 0;
  std::optional<std::uint8_t> max_forwards_;
  Span method_text_;
  Span first_text_;  ///< Request-URI or reason.
  Span via_branch_;
  Span via_sent_by_;
  Span from_tag_;
  Span to_tag_;
  Span call_id_;
  std::array<std::uint8_t, known_headers + 1> first_line_;
  std::array<Line, max_headers> lines_;
};

/// The values of one header of one message; see Message::values().
class Message::Values {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const Message& message, HeaderId id);
    std::string_view operator*() const { return value_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(std::default_sentinel_t) const { return value_.empty(); }

   private:
    void advance();
    const Message* message_ = nullptr;
    HeaderId id_ = HeaderId::unknown;
    std::size_t next_line_ = 0;
    CommaList::Iterator in_line_;
    std::string_view value_;
  };

  Values(const Message& message, HeaderId id) : message_(&message), id_(id) {}
  Iterator begin() const { return Iterator(*message_, id_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  const Message* message_;
  HeaderId id_;
};

/// A message that keeps its own bytes: for what must outlive the receive buffer. Movable.
class OwnedMessage {
 public:
  OwnedMessage() = default;
  explicit OwnedMessage(const Message& message);
  explicit operator bool() const { return bytes_ != nullptr; }
  const Message& operator*() const { return *message_; }
  const Message* operator->() const { return message_.get(); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::unique_ptr<Message> message_;
};

}  // namespace carillon::sip
