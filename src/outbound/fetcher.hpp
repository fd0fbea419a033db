// SPDX-License-Identifier: GPL-3.0-or-later
// The one client by which the platform asks other people's HTTP servers, for URLs that tenants or the network gave it: it reaches
// public hosts alone, whatever name, number or redirect leads elsewhere, and it ends in time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "outbound/address_policy.hpp"
#include "outbound/fault.hpp"
#include "outbound/stop_event.hpp"

namespace carillon::outbound {

struct FetchRequest {
  std::string url;
  std::string method = "GET";  ///< GET or POST.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct FetchAnswer {
  unsigned status = 0;
  std::string body;
  std::string content_type;
  std::optional<std::chrono::seconds> retry_after;  ///< RFC 9110 §10.2.3, as seconds or as a date.
};

/// For one thread, which waits. Connections stay open for further requests to the same host.
class Fetcher {
 public:
  struct Options {
    AddressPolicy policy = {};
    Duration connect_limit = 5s;
    Duration whole_limit = 15s;  ///< Of a request with all its redirects.
    std::size_t answer_bytes_max = std::size_t{1} << 20;
    int redirects_max = 0;  ///< At most 3 are followed, by GET alone; each is a URL like the first.
    std::string user_agent = "Carillon";
    std::string certificates_file = {};     ///< Whom to trust (PEM) in place of the system's list.
    std::vector<std::string> resolve = {};  ///< For tests: HOST:PORT:ADDRESS in place of the name servers' answer.
    const StopEvent* stop = nullptr;        ///< Ends requests early: `stopped`. It must outlive the fetcher.
  };
  explicit Fetcher(Options options);
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;
  ~Fetcher();

  /// An answer with any status, or a Fault: `bad_url`, `refused_address`, `unreachable`, `too_slow`, `too_large`, `untrusted`,
  /// `broken`, `stopped`. No error tells the URL.
  Result<FetchAnswer> fetch(const FetchRequest& request);

 private:
  class Transfer;
  Options options_;
  std::unique_ptr<Transfer> transfer_;
};

/// Whether a URL is one that a Fetcher would try, as far as can be told without resolving it: for validation when it is saved.
/// `unencrypted`: plain http is one too, since the operator allows some networks.
Result<> check_url(std::string_view url, bool unencrypted);

}  // namespace carillon::outbound
