// SPDX-License-Identifier: GPL-3.0-or-later
// The address is looked at when the socket is made for it, after every resolution and redirect, so that nothing can come between
// the check and the connection.
#include "outbound/fetcher.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "outbound/curl.hpp"

namespace carillon::outbound {
namespace {

constexpr std::size_t longest_url = 2000;
constexpr std::size_t largest_head = 64 << 10;
constexpr std::size_t largest_body = 1 << 20;
constexpr int most_redirects = 3;

/// A parsed URL: what is checked is what libcurl connects to, since nobody parses it again.
Result<CurlUrl> parse_url(std::string_view text, bool unencrypted) {
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  if (text.empty() || text.size() > longest_url || !is_plain) return failure(Fault::bad_url, "it is no URL");
  CurlUrl url(curl_url());
  CARILLON_ASSERT(url != nullptr);
  const std::string copy(text);
  if (curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
    return failure(Fault::bad_url, "it is no URL, or it has a user name or password in it");
  }
  char* part = nullptr;
  if (curl_url_get(url.get(), CURLUPART_SCHEME, &part, 0) != CURLUE_OK) return failure(Fault::bad_url, "it is no URL");
  const std::string scheme(part);
  curl_free(part);
  if (scheme == "https" || (scheme == "http" && unencrypted)) return url;
  return failure(Fault::bad_url, "it must begin with https:");
}

bool is_encrypted(CURLU* url) {
  char* part = nullptr;
  CARILLON_ASSERT(curl_url_get(url, CURLUPART_SCHEME, &part, 0) == CURLUE_OK);
  const bool is_https = std::string_view(part) == "https";
  curl_free(part);
  return is_https;
}

Result<> check_request(const FetchRequest& request) {
  if (request.method != "GET" && request.method != "POST") return failure(Fault::bad_request, "GET and POST are what is sent");
  if (request.body.size() > largest_body) return failure(Fault::bad_request, "the body is too long");
  for (const auto& [name, value] : request.headers) {
    const auto is_unsound = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    const bool is_name = !name.empty() && std::ranges::none_of(name, [](char c) { return c <= ' ' || c >= 0x7f || c == ':'; });
    if (!is_name || value.empty() || std::ranges::any_of(value, is_unsound)) {
      return failure(Fault::bad_request, "a header has what no header may have");
    }
  }
  return {};
}

/// What a failed transfer means.
Fault fault_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return Fault::bad_url;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Fault::unreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return Fault::too_slow;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
      return Fault::untrusted;
    case CURLE_ABORTED_BY_CALLBACK:
      return Fault::stopped;
    default:
      return Fault::broken;
  }
}

}  // namespace

Result<> check_url(std::string_view url, bool unencrypted) {
  CARILLON_TRY(parsed, parse_url(url, unencrypted));
  (void)parsed;
  return {};
}

/// The handle, and what its callbacks find out about the request under way.
class Fetcher::Transfer {
 public:
  explicit Transfer(const Options& options) : options_(options), handle_(make_curl_handle()) {
    for (const std::string& entry : options.resolve) append(resolve_, entry);
  }

  struct Hop {
    FetchAnswer answer;
    std::string redirect;  ///< Where it wants us to go.
  };

  Result<Hop> run(const FetchRequest& request, CURLU* url, Duration limit) {
    answer_.clear();
    head_bytes_ = 0;
    is_refused_ = is_too_large_ = false;
    is_encrypted_ = is_encrypted(url);
    const CurlList headers = prepare(request, url, limit);
    const CURLcode code = curl_easy_perform(handle_.get());
    if (code != CURLE_OK) return explain(code);
    Hop hop;
    long status = 0;
    char* type = nullptr;
    char* redirect = nullptr;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle_.get(), CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(handle_.get(), CURLINFO_REDIRECT_URL, &redirect);
    curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &retry_after);
    hop.answer = {.status = static_cast<unsigned>(status),
                  .body = std::move(answer_),
                  .content_type = type == nullptr ? "" : type,
                  .retry_after = std::nullopt};
    if (retry_after > 0) hop.answer.retry_after = std::chrono::seconds(retry_after);
    if (redirect != nullptr) hop.redirect = redirect;
    return hop;
  }

 private:
  /// The list of headers has to live until the transfer is over.
  CurlList prepare(const FetchRequest& request, CURLU* url, Duration limit) {
    CURL* handle = handle_.get();
    curl_easy_reset(handle);
    const auto milliseconds = [](Duration time) {
      return static_cast<long>(std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count(), 1));
    };
    set_option(handle, CURLOPT_CURLU, url);
    set_option(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set_option(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set_option(handle, CURLOPT_PROXY, "");  // No proxies from the environment either.
    set_option(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set_option(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set_option(handle, CURLOPT_NOSIGNAL, 1L);
    set_option(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(options_.connect_limit, limit)));
    set_option(handle, CURLOPT_TIMEOUT_MS, milliseconds(limit));
    set_option(handle, CURLOPT_MAXCONNECTS, 2L);
    set_option(handle, CURLOPT_USERAGENT, options_.user_agent.c_str());
    set_option(handle, CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
    set_option(handle, CURLOPT_OPENSOCKETDATA, this);
    set_option(handle, CURLOPT_WRITEFUNCTION, &Transfer::take_body);
    set_option(handle, CURLOPT_WRITEDATA, this);
    set_option(handle, CURLOPT_HEADERFUNCTION, &Transfer::take_head);
    set_option(handle, CURLOPT_HEADERDATA, this);
    set_option(handle, CURLOPT_XFERINFOFUNCTION, &Transfer::look_up);
    set_option(handle, CURLOPT_XFERINFODATA, this);
    set_option(handle, CURLOPT_NOPROGRESS, 0L);
    if (!options_.certificates_file.empty()) {
      set_option(handle, CURLOPT_CAINFO, options_.certificates_file.c_str());
      set_option(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    if (resolve_) set_option(handle, CURLOPT_RESOLVE, resolve_.get());
    CurlList headers;
    for (const auto& [name, value] : request.headers) append(headers, fmt::format("{}: {}", name, value));
    if (request.method == "POST") {
      append(headers, "Expect:");
      set_option(handle, CURLOPT_POST, 1L);
      set_option(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set_option(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (headers) set_option(handle, CURLOPT_HTTPHEADER, headers.get());
    return headers;
  }

  std::unexpected<Error> explain(CURLcode code) const {
    if (is_refused_) return failure(Fault::refused_address, "it leads to an address that is not public");
    if (is_too_large_) return failure(Fault::too_large, "the answer is too long");
    return failure(fault_of(code), curl_easy_strerror(code));
  }

  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(self);
    const AddressPolicy& policy = transfer.options_.policy;
    const bool is_permitted = transfer.is_encrypted_ ? policy.permits(address->addr) : policy.allows_plain(address->addr);
    if (!is_permitted) {
      transfer.is_refused_ = true;
      return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  static std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (count > transfer.options_.answer_bytes_max - transfer.answer_.size()) {
      transfer.is_too_large_ = true;
      return CURL_WRITEFUNC_ERROR;
    }
    transfer.answer_.append(bytes, count);
    return count;
  }

  static std::size_t take_head(char*, std::size_t, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.head_bytes_ += count;
    transfer.is_too_large_ = transfer.head_bytes_ > largest_head;
    return transfer.is_too_large_ ? CURL_WRITEFUNC_ERROR : count;
  }

  static int look_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const StopEvent* stop = static_cast<Transfer*>(self)->options_.stop;
    return stop != nullptr && stop->is_set() ? 1 : 0;
  }

  const Options& options_;
  CurlHandle handle_;
  CurlList resolve_;
  std::string answer_;
  std::size_t head_bytes_ = 0;
  bool is_encrypted_ = true;
  bool is_refused_ = false;
  bool is_too_large_ = false;
};

Fetcher::Fetcher(Options options) : options_(std::move(options)), transfer_(std::make_unique<Transfer>(options_)) {
  CARILLON_ASSERT(options_.redirects_max <= most_redirects);
}

Fetcher::~Fetcher() = default;

Result<FetchAnswer> Fetcher::fetch(const FetchRequest& request) {
  CARILLON_CHECK(check_request(request));
  const Monotonic deadline = system_monotonic_time() + options_.whole_limit;
  std::string place = request.url;
  for (int hop = 0; hop <= options_.redirects_max; ++hop) {
    CARILLON_TRY(url, parse_url(place, options_.policy.has_exceptions()));
    const Duration left = deadline - system_monotonic_time();
    if (left <= Duration::zero()) return failure(Fault::too_slow, "too many redirects for the time");
    CARILLON_TRY(done, transfer_->run(request, url.get(), left));
    const bool is_last = done.redirect.empty() || hop == options_.redirects_max || request.method != "GET";
    if (is_last) return std::move(done.answer);
    place = std::move(done.redirect);
  }
  return failure(Fault::too_slow);
}

}  // namespace carillon::outbound
