// SPDX-License-Identifier: Apache-2.0
// How the daemon and its fetch process talk: the request as JSON on stdin, the result as one line
// of JSON on stdout, lines about the progress on stderr. Pure and thread-safe but for ServeFetch.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "controller/git/fetch.h"

namespace mooring::git {

/// The word after the program's name that makes it the fetch process.
inline constexpr char kFetchCommand[] = "git-fetch";

std::string EncodeRequest(const FetchRequest& request);
Result<FetchRequest> DecodeRequest(std::string_view text);
std::string EncodeResult(const Result<FetchResult>& result);
/// Internal: `text` is no result.
Result<FetchResult> DecodeResult(std::string_view text);

/// The whole life of the fetch process; what it returns is the exit code. An error is a result too:
/// it exits with 1 then.
int ServeFetch(std::istream& in, std::ostream& out, std::ostream& progress);

}  // namespace mooring::git
