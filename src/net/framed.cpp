// SPDX-License-Identifier: GPL-3.0-or-later
// A message that arrives whole is handed on where it lies; only one that arrives in pieces is put together in a buffer.
#include "net/framed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace carillon::net {

namespace {

constexpr std::size_t length_size = 4;

std::array<char, length_size> encode_length(std::size_t length) {
  std::array<char, length_size> bytes;
  for (std::size_t i = 0; i < length_size; i++) bytes[i] = static_cast<char>(length >> (8 * (length_size - 1 - i)));
  return bytes;
}

std::size_t decode_length(std::string_view bytes) {
  std::size_t length = 0;
  for (const char byte : bytes.substr(0, length_size)) length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

}  // namespace

FramedStream::FramedStream(std::unique_ptr<Stream> stream, std::size_t cap) : stream_(std::move(stream)), cap_(cap) {}
FramedStream::~FramedStream() = default;

void FramedStream::set_receiver(Receiver& receiver) {
  receiver_ = &receiver;
  stream_->set_receiver(*this);
}

Result<> FramedStream::send_frame(std::string_view message) {
  if (message.size() > cap_) return failure(Fault::too_large, fmt::format("a message of {} bytes", message.size()));
  if (is_closed_) return failure(Fault::closed);
  const auto length = encode_length(message.size());
  outgoing_.assign(length.data(), length.size());
  outgoing_ += message;
  if (!stream_->write(outgoing_)) return failure(Fault::queue_full, "the other process does not read its messages");
  return {};
}

void FramedStream::close() {
  is_closed_ = true;
  stream_->close();
}

bool FramedStream::on_bytes(std::string_view bytes) {
  const Lifetime::Guard guard(lifetime_);
  while (!bytes.empty() && !is_closed_) {
    if (!take_message(bytes)) return false;
    if (guard.is_over()) return true;
  }
  return true;
}

/// Takes what belongs to one message and hands it on if it is whole. False when it is over the cap.
bool FramedStream::take_message(std::string_view& bytes) {
  if (partial_.empty() && bytes.size() >= length_size && decode_length(bytes) <= bytes.size() - length_size) {
    const std::string_view message = bytes.substr(length_size, decode_length(bytes));
    if (message.size() > cap_) return false;
    bytes.remove_prefix(length_size + message.size());
    receiver_->on_frame(*this, message);
    return true;
  }
  const auto take = [&](std::size_t until) {
    const std::string_view piece = bytes.substr(0, until - std::min(until, partial_.size()));
    partial_ += piece;
    bytes.remove_prefix(piece.size());
    return partial_.size() == until;
  };
  if (partial_.size() < length_size && !take(length_size)) return true;
  const std::size_t length = decode_length(partial_);
  if (length > cap_) return false;
  if (!take(length_size + length)) return true;
  const std::string whole = std::exchange(partial_, {});
  receiver_->on_frame(*this, std::string_view(whole).substr(length_size));
  return true;
}

void FramedStream::on_closed() {
  is_closed_ = true;
  receiver_->on_closed(*this);
}

}  // namespace carillon::net
