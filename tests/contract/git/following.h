// SPDX-License-Identifier: Apache-2.0
// A source over a repository on a real server, fetched by the real child process.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "controller/git/library.h"
#include "controller/source/git_source.h"
#include "tests/support/git/temp_git_repo.h"
#include "tests/support/git_server/git_server.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::test {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// What cannot be compressed.
inline std::string Noise(size_t size) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < size) text.push_back(static_cast<char>(random() & 0xff));
  return text;
}

class Following {
 public:
  explicit Following(git::FetchRequest request, Duration timeout = 60s) {
    if (request.mirror.empty()) request.mirror = dir_.File("sources/fleet.git");
    if (request.tag.empty() && request.commit.empty() && request.branch.empty())
      request.branch = "main";
    mirror_ = std::make_shared<RemoteMirror>(RemoteMirror::Options{
        .request = request,
        .timeout = timeout,
        .program = MOORING_COMMAND,
        .on_replaced = [this](const std::string& why) { replaced.push_back(why); }});
    source_ = std::make_unique<GitSource>(GitSource::Options{
        .branch = request.branch, .tag = request.tag, .commit = request.commit, .remote = mirror_});
  }

  /// The commit, or the error's text.
  std::string Poll(const std::stop_token& stop = {}) {
    const auto revision = source_->Poll(stop);
    return revision ? revision->commit : revision.error().ToString();
  }
  /// The content of a file of the newest commit, or the error's text.
  std::string Read(const std::string& file) {
    const auto revision = source_->Poll({});
    if (!revision) return revision.error().ToString();
    const auto artifact = source_->Fetch(*revision, {});
    if (!artifact) return artifact.error().ToString();
    for (const FileTree::Entry& entry : (*artifact)->entries()) {
      if (entry.path != file) continue;
      const auto text = (*artifact)->Read(entry);
      return text ? *text : text.error().ToString();
    }
    return "no " + file;
  }
  std::string Look() {
    const auto commit = mirror_->Look({});
    return commit ? *commit : commit.error().ToString();
  }
  GitSource& source() { return *source_; }
  const std::string& mirror() const { return mirror_->path(); }

  std::vector<std::string> replaced;  ///< why mirrors were cloned again

 private:
  git::Library library_;
  TempDir dir_;
  std::shared_ptr<RemoteMirror> mirror_;
  std::unique_ptr<GitSource> source_;
};

}  // namespace mooring::test
