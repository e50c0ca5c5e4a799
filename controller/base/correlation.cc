// SPDX-License-Identifier: Apache-2.0
#include "controller/base/correlation.h"

#include <fmt/format.h>

#include <random>
#include <utility>

namespace mooring {
namespace {

thread_local std::string current;

}  // namespace

std::string NewCorrelation() { return fmt::format("{:08x}", std::random_device{}()); }

const std::string& CurrentCorrelation() { return current; }

CorrelationScope::CorrelationScope(std::string id)
    : before_(std::exchange(current, std::move(id))) {}

CorrelationScope::~CorrelationScope() { current = std::move(before_); }

}  // namespace mooring
