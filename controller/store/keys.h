// SPDX-License-Identifier: Apache-2.0
// How statuses and events lie in the key-value store. Pure and thread-safe.
//
//   m schema                          -> the schema version, decimal
//   m sequence                        -> the last sequence number given out, decimal
//   s <kind> 0 <namespace> 0 <name>   -> a ResourceStatus as JSON
//   p <kind> 0 <namespace> 0 <name>   -> an Intent as JSON: what is about to be done
//   e <sequence>                      -> an Event as JSON
//   i <kind> 0 <namespace> 0 <name> 0 <sequence> -> empty: the events of one resource
//
// <sequence> is eight bytes, big-endian, so that byte order is number order; 0 is a zero byte, so
// that byte order of statuses is the order of their keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/resource/key.h"

namespace mooring::store_keys {

/// Raised by every change of the layout or of what the values mean, not by a new kind of key: an
/// older version leaves alone what it does not know.
inline constexpr uint64_t kSchemaVersion = 1;

inline constexpr char kSchema[] = "m schema";
inline constexpr char kSequence[] = "m sequence";
inline constexpr char kStatusPrefix[] = "s ";
inline constexpr char kEventPrefix[] = "e ";

std::string StatusKey(const ResourceKey& key);
std::string IntentKey(const ResourceKey& key);
std::string EventKey(uint64_t sequence);
std::string EventIndexPrefix(const ResourceKey& key);
std::string EventIndexKey(const ResourceKey& key, uint64_t sequence);
/// The sequence number that an event key or an index key ends with.
uint64_t SequenceOf(std::string_view key);

}  // namespace mooring::store_keys
