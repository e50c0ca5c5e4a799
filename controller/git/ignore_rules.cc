// SPDX-License-Identifier: Apache-2.0
#include "controller/git/ignore_rules.h"

#include <git2/sys/repository.h>

#include "controller/base/text.h"
#include "controller/git/handles.h"

namespace mooring::git {
namespace {

using ConfigPtr = std::unique_ptr<git_config, Deleter<git_config_free>>;

}  // namespace

/// A repository of nothing but the rules.
class IgnoreRules::Impl {
 public:
  RepositoryPtr repository;
  ConfigPtr config;
};

IgnoreRules::IgnoreRules(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
IgnoreRules::~IgnoreRules() = default;

Result<std::unique_ptr<IgnoreRules>> IgnoreRules::Make(const std::vector<std::string>& lines) {
  auto impl = std::make_unique<Impl>();
  int code = git_repository_new(OutPtr(impl->repository));
  if (code == 0) code = git_config_new(OutPtr(impl->config));
  if (code == 0) code = git_repository_set_config(impl->repository.get(), impl->config.get());
  if (code == 0) code = git_ignore_add_rule(impl->repository.get(), Join(lines, "\n").c_str());
  if (code != 0) return std::unexpected(GitError(code, "read the rules of ignore"));
  return std::unique_ptr<IgnoreRules>(new IgnoreRules(std::move(impl)));
}

Result<bool> IgnoreRules::Matches(const std::string& path) const {
  int ignored = 0;
  const int code = git_ignore_path_is_ignored(&ignored, impl_->repository.get(), path.c_str());
  if (code != 0) return std::unexpected(GitError(code, "see whether " + path + " is ignored"));
  return ignored != 0;
}

}  // namespace mooring::git
