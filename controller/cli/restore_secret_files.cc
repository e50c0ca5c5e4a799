// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "controller/base/host_key.h"
#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/engines.h"
#include "controller/cli/exit_codes.h"

namespace mooring::cli {

int RestoreSecretFiles(Session& session) {
  const Config& config = session.config();
  const auto key = HostKey::Load(config.seal_key_file);
  // Before the first start there is no key, and nothing that it sealed.
  if (!key && key.error().code() == ErrorCode::kNotFound) return exit_code::kDone;
  if (!key) return Report(key.error());
  docker::SecretFiles files(SecretFilesOf(config), *key);
  const auto restored = files.Restore();
  for (const Error& error : restored.failed)
    std::cerr << "mooring: " << error.ToString() << "; the daemon writes it anew\n";
  if (restored.files > 0) {
    std::cout << fmt::format("{} {} back in {}.\n", Count(restored.files, "file"),
                             restored.files == 1 ? "is" : "are", config.secret_folder.string());
  }
  return restored.failed.empty() ? exit_code::kDone : exit_code::kFailed;
}

}  // namespace mooring::cli
