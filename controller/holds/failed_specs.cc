// SPDX-License-Identifier: Apache-2.0
#include "controller/holds/failed_specs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controller/base/private_file.h"
#include "controller/base/text.h"

namespace mooring {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kVersion = 1;

ordered_json ToJson(const FailedSpec& failed) {
  return {{"resource", failed.key.ToString()},
          {"digest", failed.digest},
          {"revision", failed.revision},
          {"reason", failed.reason},
          {"cause", failed.cause},
          {"since", FormatTime(failed.since)},
          {"source", failed.source},
          {"appliedRevision", failed.applied_revision},
          {"appliedDigest", failed.applied_digest}};
}

/// May throw what nlohmann throws. nullopt: it is not what was written.
std::optional<FailedSpec> FromJson(const json& entry) {
  const auto text = [&](const char* name) { return entry.at(name).get<std::string>(); };
  const auto key = ResourceKey::Parse(text("resource"));
  const auto since = ParseTime(text("since"));
  if (!key || !since) return std::nullopt;
  return FailedSpec{.key = *key,
                    .digest = text("digest"),
                    .revision = text("revision"),
                    .reason = text("reason"),
                    .cause = text("cause"),
                    .since = *since,
                    .source = text("source"),
                    .applied_revision = text("appliedRevision"),
                    .applied_digest = text("appliedDigest")};
}

std::unexpected<Error> Damaged(const std::filesystem::path& file) {
  return Fail(ErrorCode::kDataLoss,
              fmt::format("which specs have failed cannot be read from {}: it is not what was "
                          "written",
                          file.string()));
}

std::string MoveAside(const std::filesystem::path& file, const Error& error) {
  const std::filesystem::path aside = file.string() + ".damaged";
  std::error_code failed;
  std::filesystem::rename(file, aside, failed);
  return fmt::format(
      "{}; {}. A spec that has failed is tried once more", error.ToString(),
      failed ? "it could not be moved aside: " + failed.message() : "it is now " + aside.string());
}

}  // namespace

FailedSpecs::FailedSpecs(std::filesystem::path file) : file_(std::move(file)) {
  // It has no secret: one that others may read is made private again, and counts.
  std::error_code ignored;
  if (std::filesystem::exists(file_, ignored))
    std::filesystem::permissions(file_, std::filesystem::perms(0600), ignored);
  auto read = ReadFailedSpecs(file_);
  if (read) {
    failed_ = *std::move(read);
  } else {
    damage_ = MoveAside(file_, read.error());
  }
}

std::optional<FailedSpec> FailedSpecs::Find(const ResourceKey& key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(failed_, key, &FailedSpec::key);
  return found == failed_.end() ? std::nullopt : std::optional(*found);
}

std::vector<FailedSpec> FailedSpecs::All() const {
  const std::scoped_lock lock(mutex_);
  return failed_;
}

/// REQUIRES: the lock is held.
Status FailedSpecs::Replace(std::vector<FailedSpec> failed) {
  ordered_json document = {{"version", kVersion}, {"failed", ordered_json::array()}};
  for (const FailedSpec& one : failed) document["failed"].push_back(ToJson(one));
  MOORING_RETURN_IF_ERROR(
      WritePrivateFile(file_, document.dump(2, ' ', false, json::error_handler_t::replace) + "\n"));
  failed_ = std::move(failed);
  return {};
}

Status FailedSpecs::Put(FailedSpec failed) {
  failed.since = std::chrono::floor<std::chrono::seconds>(failed.since);
  const std::scoped_lock lock(mutex_);
  std::vector<FailedSpec> next = failed_;
  std::erase_if(next, [&](const FailedSpec& other) { return other.key == failed.key; });
  next.push_back(std::move(failed));
  return Replace(std::move(next));
}

Status FailedSpecs::Forget(const ResourceKey& key) {
  const std::scoped_lock lock(mutex_);
  std::vector<FailedSpec> next = failed_;
  if (std::erase_if(next, [&](const FailedSpec& other) { return other.key == key; }) == 0)
    return {};
  return Replace(std::move(next));
}

std::filesystem::path FailedFileBeside(const std::filesystem::path& seal_key_file) {
  return seal_key_file.parent_path() / "failed.json";
}

Result<std::vector<FailedSpec>> ReadFailedSpecs(const std::filesystem::path& file) {
  const auto text = ReadPrivateFile(file);
  if (!text && text.error().code() == ErrorCode::kNotFound) return std::vector<FailedSpec>();
  if (!text) return std::unexpected(text.error());
  try {
    const json document = json::parse(*text);
    if (document.at("version") != kVersion) return Damaged(file);
    std::vector<FailedSpec> failed;
    for (const json& entry : document.at("failed")) {
      auto one = FromJson(entry);
      if (!one) return Damaged(file);
      failed.push_back(*std::move(one));
    }
    return failed;
  } catch (const json::exception&) {
    return Damaged(file);
  }
}

std::string DescribeFailedSpec(const FailedSpec& failed) {
  return fmt::format(
      "{}; what was applied before runs, and this spec is not tried again until it changes or "
      "somebody wants it: mooring reconcile {}",
      failed.cause, failed.key.ToString());
}

}  // namespace mooring
