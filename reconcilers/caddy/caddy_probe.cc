// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/caddy_probe.h"

namespace mooring::caddy {

CaddyReport CaddyProbe::Check(std::stop_token stop) const {
  CaddyReport report;
  report.address = reader_.options().address.text;
  const auto reading = reader_.Read(stop);
  if (!reading) {
    report.error = reading.error().ToString();
    return report;
  }
  report.reachable = true;
  report.address = reading->from.text;
  report.version = reader_.Version(stop).value_or("unknown");
  const LiveConfig live =
      Inspect(Json::parse(reading->body, nullptr, false), options_, reading->capabilities);
  report.foreign = live.foreign;
  report.refused = live.Refused(options_);
  report.sites = live.sites.size();
  return report;
}

}  // namespace mooring::caddy
