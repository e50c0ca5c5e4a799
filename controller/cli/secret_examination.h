// SPDX-License-Identifier: Apache-2.0
// What `mooring doctor` says of secrets: sops, the host's keys, and each Secret of the sources that
// this host cannot open. Values are opened for it and shown to nobody.
#pragma once

#include <stop_token>

#include "controller/cli/config.h"
#include "controller/cli/engines.h"
#include "controller/cli/examination.h"

namespace mooring::cli {

/// REQUIRES: a git::Library while it runs.
void ExamineSecrets(const Config& config, EngineReaders& readers, Examination& exam,
                    const std::stop_token& stop);

}  // namespace mooring::cli
