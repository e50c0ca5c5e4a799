// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/findings_text.h"

#include <iostream>
#include <set>

#include "controller/base/text.h"
#include "controller/cli/exit_codes.h"

namespace mooring::cli {

int ReportFailure(const Error& error) {
  std::cerr << "mooring: " << error.ToString() << "\n";
  return exit_code::kFailed;
}

void PrintFindings(const Diagnostics& findings, size_t files) {
  std::set<std::string> with_findings;
  for (const Diagnostic& finding : findings) {
    std::cout << finding.ToString() << "\n";
    with_findings.insert(finding.where.file);
  }
  std::cout << fmt::format(
      "{} in {} of {}. Nothing was changed; the last good revision keeps running.\n",
      Count(findings.size(), "finding"), with_findings.size(), Count(files, "file"));
}

}  // namespace mooring::cli
