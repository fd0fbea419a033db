// SPDX-License-Identifier: GPL-3.0-or-later
// One conversation with the server for each mail.
#include "outbound/mail_sender.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "outbound/curl.hpp"

namespace carillon::outbound {
namespace {

/// One part of a URL, decoded; empty when it is not there.
std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "[::1]";
}

struct Upload {
  std::string_view left;

  static std::size_t give(char* place, std::size_t size, std::size_t count, void* self) {
    std::string_view& left = static_cast<Upload*>(self)->left;
    const std::size_t taken = std::min(left.size(), size * count);
    std::memcpy(place, left.data(), taken);
    left.remove_prefix(taken);
    return taken;
  }
};

/// What the server says is of no use to us.
std::size_t ignore(char*, std::size_t, std::size_t count, void*) {
  return count;
}

int look_up(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return stop != nullptr && static_cast<const StopEvent*>(stop)->is_set() ? 1 : 0;
}

Fault fault_of(CURLcode code, long status) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Fault::unreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return Fault::too_slow;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_USE_SSL_FAILED:
      return Fault::untrusted;
    case CURLE_ABORTED_BY_CALLBACK:
      return Fault::stopped;
    default:
      break;
  }
  // RFC 5321 §4.2.1
  if (status >= 500 && status < 600) return Fault::rejected;
  return status >= 400 && status < 500 ? Fault::deferred : Fault::broken;
}

}  // namespace

/// Where mail goes, as the options say.
struct MailSender::Server {
  Options options;
  CurlUrl url;
  std::string user;
  bool may_send_password_plain = false;
  CurlHandle handle = make_curl_handle();

  void prepare();
};

/// All but the mail itself.
void MailSender::Server::prepare() {
  CURL* curl = handle.get();
  const auto milliseconds = [](Duration time) {
    return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
  };
  curl_easy_reset(curl);
  set_option(curl, CURLOPT_CURLU, url.get());
  set_option(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set_option(curl, CURLOPT_PROXY, "");
  set_option(curl, CURLOPT_NOSIGNAL, 1L);
  set_option(curl, CURLOPT_FORBID_REUSE, 1L);
  set_option(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_limit));
  set_option(curl, CURLOPT_TIMEOUT_MS, milliseconds(options.whole_limit));
  set_option(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set_option(curl, CURLOPT_XFERINFOFUNCTION, &look_up);
  set_option(curl, CURLOPT_XFERINFODATA, static_cast<const void*>(options.stop));
  set_option(curl, CURLOPT_NOPROGRESS, 0L);
  set_option(curl, CURLOPT_WRITEFUNCTION, &ignore);
  if (!options.certificates_file.empty()) set_option(curl, CURLOPT_CAINFO, options.certificates_file.c_str());
  const bool needs_tls = !user.empty() && !may_send_password_plain;
  set_option(curl, CURLOPT_USE_SSL, static_cast<long>(needs_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  // RFC 7435: without a secret to keep, TLS with anybody is better than none; servers on one's own network have any certificate.
  const bool is_checked = !user.empty() || part_of(url.get(), CURLUPART_SCHEME) == "smtps";
  set_option(curl, CURLOPT_SSL_VERIFYPEER, is_checked ? 1L : 0L);
  set_option(curl, CURLOPT_SSL_VERIFYHOST, is_checked ? 2L : 0L);
  if (user.empty()) return;
  set_option(curl, CURLOPT_USERNAME, user.c_str());
  set_option(curl, CURLOPT_SASL_IR, 1L);
  set_option(curl, CURLOPT_PASSWORD, options.password.reveal().c_str());
}

MailSender::MailSender(std::unique_ptr<Server> server) : server_(std::move(server)) {}
MailSender::~MailSender() = default;

Result<std::unique_ptr<MailSender>> MailSender::make(Options options) {
  auto server = std::make_unique<Server>();
  server->url.reset(curl_url());
  CARILLON_ASSERT(server->url != nullptr);
  CURLU* url = server->url.get();
  const bool is_parsed = curl_url_set(url, CURLUPART_URL, options.url.reveal().c_str(), 0) == CURLUE_OK;
  const std::string scheme = is_parsed ? part_of(url, CURLUPART_SCHEME) : std::string();
  if (scheme != "smtp" && scheme != "smtps") {
    return failure(Fault::bad_url, "smtp.url is no URL of a mail server: smtp://USER@HOST:PORT");
  }
  server->user = part_of(url, CURLUPART_USER, CURLU_URLDECODE);
  if (options.password.is_empty()) options.password = Secret(part_of(url, CURLUPART_PASSWORD, CURLU_URLDECODE));
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS}) curl_url_set(url, part, nullptr, 0);
  server->may_send_password_plain = is_this_machine(part_of(url, CURLUPART_HOST));
  server->options = std::move(options);
  return std::unique_ptr<MailSender>(new MailSender(std::move(server)));
}

Result<> MailSender::send(const Mail& mail, Instant now) {
  CARILLON_TRY(message, compose(mail, now));
  server_->prepare();
  CURL* curl = server_->handle.get();
  CurlList recipients;
  append(recipients, fmt::format("<{}>", mail.to.address));
  const std::string sender = fmt::format("<{}>", mail.from.address);
  Upload upload{message};
  set_option(curl, CURLOPT_MAIL_FROM, sender.c_str());
  set_option(curl, CURLOPT_MAIL_RCPT, recipients.get());
  set_option(curl, CURLOPT_UPLOAD, 1L);
  set_option(curl, CURLOPT_READFUNCTION, &Upload::give);
  set_option(curl, CURLOPT_READDATA, &upload);
  set_option(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  const std::string said = status > 0 ? fmt::format(" (the server's last answer was {})", status) : std::string();
  return failure(fault_of(code, status), fmt::format("the mail server: {}{}", curl_easy_strerror(code), said));
}

bool has_password(std::string_view url) {
  const std::size_t begin = url.find("//");
  if (begin == std::string_view::npos) return false;
  const std::string_view authority = url.substr(begin + 2, url.find('/', begin + 2) - begin - 2);
  const std::size_t at = authority.rfind('@');
  return at != std::string_view::npos && authority.substr(0, at).contains(':');
}

Result<MailSender::Options> mail_options(const std::string& url, const std::string& password_file) {
  MailSender::Options options{.url = Secret(url)};
  if (password_file.empty()) return options;
  std::ifstream file(password_file);
  std::string line;
  if (!std::getline(file, line)) return failure(Fault::bad_url, "smtp.password_file cannot be read: check its name and who may");
  options.password = Secret(std::move(line));
  return options;
}

}  // namespace carillon::outbound
