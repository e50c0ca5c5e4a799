// SPDX-License-Identifier: Apache-2.0
#include "controller/source/revision.h"

#include "controller/git/repository.h"

namespace mooring {
namespace {

std::string Format(const Revision& revision, std::string_view of_commit) {
  if (revision.commit.empty()) return revision.branch;
  return revision.branch.empty() ? std::string(of_commit)
                                 : fmt::format("{}@{}", revision.branch, of_commit);
}

}  // namespace

Revision Revision::Parse(std::string_view text) {
  const size_t at = text.find("sha1:");
  if (at == std::string_view::npos) return {};
  return {.branch = std::string(text.substr(0, at == 0 ? 0 : at - 1)),
          .commit = std::string(text.substr(at + 5))};
}

std::string Revision::ToString() const { return Format(*this, "sha1:" + commit); }

std::string Revision::ToShortString() const { return Format(*this, git::ShortId(commit)); }

}  // namespace mooring
