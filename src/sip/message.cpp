// SPDX-License-Identifier: GPL-3.0-or-later
// What callers ask of an indexed message. Values that parse() has checked are parsed again without a failure path.
#include "sip/message.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "sip/scan.hpp"

namespace carillon::sip {
namespace {

/// For values that parse() accepted: a failure here is a fault of ours (or the use of a refused message).
template <class T>
T accepted(Result<T>&& result) {
  CARILLON_ENSURE(result.has_value());
  return *std::move(result);
}

}  // namespace

Uri Message::request_uri() const {
  return accepted(Uri::parse(request_uri_text()));
}

Via Message::via() const {
  std::string_view vias = value_of(HeaderId::via);
  return accepted(Via::take(vias));
}

NameAddr Message::from() const {
  return accepted(NameAddr::parse(value_of(HeaderId::from)));
}

NameAddr Message::to() const {
  return accepted(NameAddr::parse(value_of(HeaderId::to)));
}

CSeq Message::cseq() const {
  return {.number = cseq_number_, .method = method_, .method_name = method_name()};
}

std::optional<std::uint32_t> Message::expires() const {
  const auto value = first(HeaderId::expires);
  return value ? parse_seconds(*value) : std::nullopt;
}

std::optional<MediaType> Message::content_type() const {
  const auto value = first(HeaderId::content_type);
  if (!value) return std::nullopt;
  const auto media = MediaType::parse(*value);
  return media ? std::optional(*media) : std::nullopt;
}

Result<std::vector<Contact>> Message::contacts() const {
  std::vector<Contact> contacts;
  bool star = false;
  for (std::string_view value : values(HeaderId::contact)) {
    CARILLON_TRY(contact, Contact::parse(value));
    star = star || contact.star;
    contacts.push_back(contact);
    if (contacts.size() > max_contacts) return failure(Fault::bad_value, "too many Contacts");
  }
  if (star && contacts.size() > 1) return failure(Fault::bad_address, "'*' beside other Contacts");  // RFC 3261 §10.3 no. 6
  return contacts;
}

Result<Contact> Message::contact() const {
  const auto value = values(HeaderId::contact).begin();
  if (value == std::default_sentinel) return failure(Fault::missing_header, "Contact");
  return Contact::parse(*value);
}

std::optional<std::string_view> Message::first(HeaderId id) const {
  const std::uint8_t line = first_line_[static_cast<std::size_t>(id)];
  if (line == none || id == HeaderId::unknown) return std::nullopt;
  return text(lines_[line].value);
}

std::optional<std::string_view> Message::first(std::string_view name) const {
  if (const HeaderId id = header_from(name); id != HeaderId::unknown) return first(id);
  for (std::size_t i = 0; i < count_; ++i) {
    if (lines_[i].id == HeaderId::unknown && same_ignoring_case(text(lines_[i].name), name)) return text(lines_[i].value);
  }
  return std::nullopt;
}

bool Message::lists(HeaderId id, std::string_view token) const {
  for (std::string_view value : values(id)) {
    if (same_ignoring_case(value, token)) return true;
  }
  return false;
}

Message::Values Message::values(HeaderId id) const {
  return {*this, id};
}

Header Message::header(std::size_t index) const {
  CARILLON_ENSURE(index < count_);
  const Line& line = lines_[index];
  return {.id = line.id, .name = text(line.name), .value = text(line.value)};
}

std::string_view Message::value_of(HeaderId id) const {
  return first(id).value_or(std::string_view());
}

Message::Values::Iterator::Iterator(const Message& message, HeaderId id)
    : message_(&message), id_(id), next_line_(message.first_line_[static_cast<std::size_t>(id)]) {
  advance();
}

void Message::Values::Iterator::advance() {
  value_ = {};
  const bool is_list = header_repeat(id_) == Repeat::list;
  for (;;) {
    if (in_line_ != std::default_sentinel) {
      value_ = *in_line_;
      ++in_line_;
      return;
    }
    while (next_line_ < message_->count_ && message_->lines_[next_line_].id != id_) ++next_line_;
    if (next_line_ >= message_->count_) return;
    const std::string_view line = message_->text(message_->lines_[next_line_++].value);
    if (is_list) {
      in_line_ = CommaList::Iterator(line);
    } else if (!line.empty()) {
      value_ = line;
      return;
    }
  }
}

OwnedMessage::OwnedMessage(const Message& message)
    : bytes_(std::make_unique_for_overwrite<char[]>(message.raw().size())), message_(std::make_unique<Message>(message)) {
  std::memcpy(bytes_.get(), message.raw().data(), message.raw().size());
  message_->base_ = bytes_.get();
}

}  // namespace carillon::sip
