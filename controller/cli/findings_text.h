// SPDX-License-Identifier: Apache-2.0
// How the commands that read specs tell what is wrong. Write to stdout and stderr.
#pragma once

#include "controller/base/error.h"
#include "controller/resource/diagnostic.h"

namespace mooring::cli {

/// The specs could not be read: a failure, also where the words of the command line are to blame.
int ReportFailure(const Error& error);

/// One finding a line, and how many there are in how many of `files`.
void PrintFindings(const Diagnostics& findings, size_t files);

}  // namespace mooring::cli
