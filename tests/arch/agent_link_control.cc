// SPDX-License-Identifier: Apache-2.0
// What the link test must find: an applier and a client that writes.
#include "controller/reconcile/applier.h"

namespace mooring::docker {

class ControlApplier : public Applier {
 public:
  Result<Applied> Apply(const ResourceKey& key, const Change& change,
                        std::stop_token stop) override;
};

Result<Applied> ControlApplier::Apply(const ResourceKey&, const Change&, std::stop_token) {
  return Applied::kDone;
}

}  // namespace mooring::docker

int main() {
  const mooring::docker::ControlApplier applier;
  return sizeof(applier) == 0 ? 1 : 0;
}
