// SPDX-License-Identifier: Apache-2.0
#include "tests/support/caddy/web_client.h"

#include <curl/curl.h>

#include <memory>

#include "controller/base/deleter.h"

namespace mooring::test {
namespace {

using EasyPtr = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;
using ListPtr = std::unique_ptr<curl_slist, Deleter<curl_slist_free_all>>;

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  static_cast<WebAnswer*>(user)->body.append(data, size * count);
  return size * count;
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  const std::string line(data, size * count);
  if (const size_t colon = line.find(": "); colon != std::string::npos) {
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    static_cast<WebAnswer*>(user)->headers[name] =
        line.substr(colon + 2, line.find_last_not_of("\r\n") - colon - 1);
  }
  return size * count;
}

/// A GET without a body to send, else a POST.
WebAnswer Ask(const std::string& url, const std::string* body,
              const std::vector<std::string>& headers) {
  WebAnswer answer;
  const EasyPtr easy(curl_easy_init());
  curl_slist* list = nullptr;
  for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
  const ListPtr owned(list);
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, list);
  const ListPtr connect(curl_slist_append(nullptr, "::127.0.0.1:"));
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, connect.get());
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, 10'000L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &answer);
  if (body != nullptr) {
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body->data());
  }
  if (curl_easy_perform(easy.get()) != CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace

WebAnswer WebGet(const std::string& url, const std::vector<std::string>& headers) {
  return Ask(url, nullptr, headers);
}

WebAnswer WebPost(const std::string& url, const std::string& body,
                  const std::vector<std::string>& headers) {
  return Ask(url, &body, headers);
}

}  // namespace mooring::test
