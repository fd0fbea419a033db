// SPDX-License-Identifier: GPL-3.0-or-later
// How what a telephone says leaves, and how what others say comes: by datagrams, by its connection, or by those that come to it.
#include "flows/phone.hpp"

namespace carillon::flows {

void Phone::connect() {
  framer_ = sip::StreamFramer();
  stream_ = network_.connect_tcp(server_);
  stream_->set_receiver(*this);
}

void Phone::listen(std::uint16_t port, net::TlsContext* tls) {
  is_tcp_ = is_server_ = true;
  tls_ = tls;
  hop_.is_reliable = true;
  sip_.reset();
  sip_ = *network_.bind_udp(host_.with_port(port), *this);  // Nobody speaks to it; its port is what others are told.
  listener_ = *network_.listen_tcp(host_.with_port(port), *this);
}

void Phone::on_accept(std::unique_ptr<net::Stream> stream) {
  ++connections;
  framer_ = sip::StreamFramer();
  stream_ = tls_ == nullptr ? std::move(stream) : tls_->accept(std::move(stream));
  stream_->set_receiver(*this);
}

void Phone::on_closed() {
  if (is_server_) stream_.reset();
}

std::string Phone::contact() const {
  const std::string_view transport = !is_tcp_ ? "" : tls_ == nullptr ? ";transport=tcp" : ";transport=tls";
  return fmt::format("sip:{}@{}{}", account_.user, sip_->local().to_string(), transport);
}

bool Phone::send(const sip::Hop&, std::string_view bytes) {
  if (is_server_ && !stream_) connect();
  if (is_tcp_) return stream_ && stream_->write(bytes);
  sip_->send(server_, bytes);
  return true;
}

bool Phone::on_bytes(std::string_view bytes) {
  framer_.feed(bytes);
  for (auto next = framer_.next(); next && *next; next = framer_.next())
    if ((*next)->kind == sip::StreamFramer::Kind::message) receive((*next)->bytes);
  return true;
}

}  // namespace carillon::flows
