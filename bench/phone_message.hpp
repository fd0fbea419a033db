// SPDX-License-Identifier: GPL-3.0-or-later
// As much SIP as the load generator needs: split a message into its lines, answer as the called side, compute a digest. It
// believes what it reads: the other side is a server that we started. It shares no code with that server.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

/// A message split where it lies; views into its text.
struct PhoneMessage {
  static constexpr std::size_t repeated_max = 8;
  struct Lines {
    std::array<std::string_view, repeated_max> values;
    std::size_t count = 0;
    void add(std::string_view value) {
      if (count < repeated_max) values[count++] = value;
    }
  };

  int status = 0;  ///< 0: a request.
  std::string_view method;
  std::string_view from, to, call_id, cseq, contact;
  std::string_view challenge;  ///< The one that asks for MD5, if there are several.
  std::string_view body;
  Lines via, record_route;

  /// False when it is no whole message.
  bool parse(std::string_view text);

 private:
  void take(std::string_view name, std::string_view value);
};

/// The value of `;name=value` or `name="value"`; empty without one.
std::string_view parameter(std::string_view header, std::string_view name);
/// What stands between < and >, else everything before the parameters.
std::string_view address(std::string_view header);
/// The number at the beginning, 0 without one.
unsigned number(std::string_view text, int base = 10);

/// The called side's answer: status line, what has to be repeated, a Contact at `host_port`, a body if there is one.
void write_answer(std::string& out, const PhoneMessage& request, std::string_view status, std::string_view host_port,
                  std::string_view body);

/// Answers challenges (RFC 7616, MD5 with qop=auth).
class PhoneDigest {
 public:
  PhoneDigest();

  struct Account {
    std::string_view user;
    std::string_view password;
  };
  /// A whole Authorization or Proxy-Authorization line for a 401 or 407.
  std::string answer(const PhoneMessage& challenge, Account account, std::string_view method, std::string_view uri);

 private:
  /// Hex of the hash of the parts joined by ':'.
  std::string hash(std::initializer_list<std::string_view> parts);

  struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, Free> md5_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace bench
