// SPDX-License-Identifier: GPL-3.0-or-later
// Owners for libcurl's things. For this module only.
#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "base/assert.hpp"

namespace carillon::outbound {

struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};
using CurlHandle = std::unique_ptr<CURL, FreeCurl>;
using CurlUrl = std::unique_ptr<CURLU, FreeCurl>;
using CurlList = std::unique_ptr<curl_slist, FreeCurl>;

inline CurlHandle make_curl_handle() {
  // The first of all threads initialises the library for the life of the process.
  static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  CARILLON_ASSERT(is_ready);
  CurlHandle handle(curl_easy_init());
  CARILLON_ASSERT(handle != nullptr);
  return handle;
}

/// Options are ours, not the network's: one that is refused is a fault of the program.
template <class T>
void set_option(CURL* handle, CURLoption option, T value) {
  const CURLcode set = curl_easy_setopt(handle, option, value);
  CARILLON_ASSERT(set == CURLE_OK);
}

inline void append(CurlList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  CARILLON_ASSERT(longer != nullptr);
  if (longer != list.get()) list.reset(longer);  // The first line makes the list, the others join it.
}

}  // namespace carillon::outbound
