// SPDX-License-Identifier: Apache-2.0
#include "controller/net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <mutex>

#include "controller/base/deleter.h"

namespace mooring::net {
namespace {

using EasyPtr = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;
using MultiPtr = std::unique_ptr<CURLM, Deleter<curl_multi_cleanup>>;
using HeaderList = std::unique_ptr<curl_slist, Deleter<curl_slist_free_all>>;

/// One connection's worth of libcurl: an easy handle driven by a multi handle, because only a multi
/// handle can be woken up from another thread.
struct Session {
  MultiPtr multi;
  EasyPtr easy;
  ~Session() {
    if (multi && easy) curl_multi_remove_handle(multi.get(), easy.get());
    easy.reset();
  }
};

struct Transfer {
  CURL* easy = nullptr;
  HttpResponse response;
  const OnData* on_data = nullptr;
  const HttpRequest* request = nullptr;
  size_t max_body = 0;
  std::string part;  ///< of what is uploaded
  size_t sent = 0;   ///< of the part
  std::optional<Error> upload_error;
  bool ended_by_reader = false;
  bool too_large = false;
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    transfer.response.headers.clear();
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    transfer.response.headers[Lower(line.substr(0, colon))] = Trim(line.substr(colon + 1));
  }
  return size * count;
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view part(data, size * count);
  if (transfer.on_data != nullptr) {
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) {
      if ((*transfer.on_data)(part)) return part.size();
      transfer.ended_by_reader = true;
      return 0;
    }
  }
  if (transfer.response.body.size() + part.size() > transfer.max_body) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(part);
  return part.size();
}

size_t OnUpload(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.sent == transfer.part.size()) {
    auto part = transfer.request->upload();
    if (!part) {
      transfer.upload_error = std::move(part.error());
      return CURL_READFUNC_ABORT;
    }
    transfer.part = *std::move(part);
    transfer.sent = 0;
  }
  const size_t copied = transfer.part.copy(data, size * count, transfer.sent);
  transfer.sent += copied;
  return copied;
}

void InitialiseOnce() {
  static const CURLcode kResult = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)kResult;
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(Endpoint endpoint) : endpoint_(std::move(endpoint)) { InitialiseOnce(); }

  Result<HttpResponse> Perform(const HttpRequest& request, const OnData* on_data,
                               std::stop_token stop) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");
    std::unique_ptr<Session> session = Take();
    Transfer transfer{.easy = session->easy.get(),
                      .on_data = on_data,
                      .request = &request,
                      .max_body = endpoint_.max_body};
    const HeaderList headers = Prepare(request, transfer);
    auto result = Run(*session, transfer, stop);
    curl_multi_remove_handle(session->multi.get(), session->easy.get());
    if (result) Return(std::move(session));
    return result;
  }

  /// On this thread, by a multi handle of their own.
  std::vector<Result<HttpResponse>> PerformAll(const std::vector<HttpRequest>& requests,
                                               size_t at_once, std::stop_token stop) {
    struct Exchange {
      EasyPtr easy;
      HeaderList headers;
      Transfer transfer;
    };
    std::vector<Result<HttpResponse>> results(requests.size(),
                                              Fail(ErrorCode::kCancelled, "stopped"));
    std::map<CURL*, size_t> under_way;
    std::vector<Exchange> exchanges(requests.size());
    const MultiPtr multi(curl_multi_init());
    const std::stop_callback wake(stop, [&multi] { curl_multi_wakeup(multi.get()); });
    const auto begin = [&](size_t i) {
      Exchange& exchange = exchanges[i];
      exchange.easy.reset(curl_easy_init());
      exchange.transfer = {
          .easy = exchange.easy.get(), .request = &requests[i], .max_body = endpoint_.max_body};
      exchange.headers = Prepare(requests[i], exchange.transfer);
      curl_multi_add_handle(multi.get(), exchange.easy.get());
      under_way[exchange.easy.get()] = i;
    };
    const auto end_those_that_are_done = [&] {
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        const auto found = under_way.find(message->easy_handle);
        results[found->second] = Finish(code, exchanges[found->second].transfer);
        curl_multi_remove_handle(multi.get(), found->first);
        under_way.erase(found);
      }
    };
    size_t next = 0;
    while (!stop.stop_requested() && (next < requests.size() || !under_way.empty())) {
      while (next < requests.size() && under_way.size() < at_once) begin(next++);
      int running = 0;
      if (curl_multi_perform(multi.get(), &running) != CURLM_OK) break;
      const size_t before = under_way.size();
      end_those_that_are_done();
      if (under_way.size() == before) curl_multi_poll(multi.get(), nullptr, 0, 60'000, nullptr);
    }
    for (const auto& [easy, i] : under_way) curl_multi_remove_handle(multi.get(), easy);
    return results;
  }

 private:
  std::unique_ptr<Session> Take() {
    {
      std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        auto session = std::move(idle_.back());
        idle_.pop_back();
        return session;
      }
    }
    auto session = std::make_unique<Session>();
    session->multi.reset(curl_multi_init());
    session->easy.reset(curl_easy_init());
    return session;
  }

  void Return(std::unique_ptr<Session> session) {
    std::scoped_lock lock(mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(session));
  }

  HeaderList Prepare(const HttpRequest& request, Transfer& transfer) {
    CURL* easy = transfer.easy;
    curl_easy_reset(easy);
    curl_slist* list = nullptr;
    for (const std::string& header : request.headers)
      list = curl_slist_append(list, header.c_str());
    list = curl_slist_append(list, "Expect:");
    curl_easy_setopt(easy, CURLOPT_URL, (endpoint_.base_url + request.path).c_str());
    if (!endpoint_.unix_socket.empty()) {
      curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, endpoint_.unix_socket.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.upload) {
      curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt(easy, CURLOPT_READFUNCTION, OnUpload);
      curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    }
    if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(endpoint_.connect_timeout.count()));
    // What was sent on a connection that turns out to be dead cannot be produced again.
    if (request.fresh_connection || request.upload) {
      curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
      curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    return HeaderList(list);
  }

  Result<HttpResponse> Run(Session& session, Transfer& transfer, std::stop_token stop) {
    CURLM* multi = session.multi.get();
    const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
    curl_multi_add_handle(multi, session.easy.get());
    int running = 1;
    while (running > 0) {
      if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");
      if (curl_multi_perform(multi, &running) != CURLM_OK) {
        return Fail(ErrorCode::kInternal, "curl_multi_perform failed");
      }
      if (running > 0) curl_multi_poll(multi, nullptr, 0, 60'000, nullptr);
    }
    CURLcode code = CURLE_OK;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    }
    return Finish(code, transfer);
  }

  Result<HttpResponse> Finish(CURLcode code, Transfer& transfer) const {
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    curl_off_t took = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_TOTAL_TIME_T, &took);
    transfer.response.took = std::chrono::microseconds(took);
    const std::string& server =
        endpoint_.unix_socket.empty() ? endpoint_.base_url : endpoint_.unix_socket;
    if (transfer.too_large) {
      return Fail(ErrorCode::kInternal,
                  fmt::format("{} answered with more than {} bytes", server, endpoint_.max_body));
    }
    if (transfer.upload_error) return std::unexpected(*std::move(transfer.upload_error));
    if (code == CURLE_OK || transfer.ended_by_reader) return std::move(transfer.response);
    if (code == CURLE_OPERATION_TIMEDOUT) {
      return Fail(ErrorCode::kDeadlineExceeded, server + " did not answer in time");
    }
    return Fail(ErrorCode::kUnavailable, fmt::format("{}: {}", server, curl_easy_strerror(code)));
  }

  static constexpr size_t kMaxIdle = 8;
  const Endpoint endpoint_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;
};

HttpClient::HttpClient(Endpoint endpoint) : impl_(std::make_unique<Impl>(std::move(endpoint))) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::Do(const HttpRequest& request, std::stop_token stop) {
  return impl_->Perform(request, nullptr, stop);
}

std::vector<Result<HttpResponse>> HttpClient::DoAll(const std::vector<HttpRequest>& requests,
                                                    size_t at_once, std::stop_token stop) {
  return impl_->PerformAll(requests, at_once, stop);
}

Result<HttpResponse> HttpClient::Stream(const HttpRequest& request, const OnData& on_data,
                                        std::stop_token stop) {
  return impl_->Perform(request, &on_data, stop);
}

std::string EscapeQuery(std::string_view text) {
  std::string out;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(static_cast<char>(c));
    } else {
      out += fmt::format("%{:02X}", c);
    }
  }
  return out;
}

}  // namespace mooring::net
