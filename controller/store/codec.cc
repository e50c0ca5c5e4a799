// SPDX-License-Identifier: Apache-2.0
#include "controller/store/codec.h"

namespace mooring::store_codec {
namespace {

using nlohmann::json;

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <typename T>
Result<T> Decode(std::string_view bytes, std::string_view what) {
  try {
    return json::parse(bytes).get<T>();
  } catch (const json::exception& e) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the store holds {} that cannot be read: {}", what, e.what()));
  }
}

}  // namespace

Result<std::string> Encode(const ResourceStatus& status) {
  if (!status.details.is_object()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("store the status of {}: its details are not a JSON object",
                            status.key.ToString()));
  }
  return Dump(json(status));
}

std::string Encode(const Event& event) { return Dump(json(event)); }

Result<ResourceStatus> DecodeStatus(std::string_view bytes) {
  return Decode<ResourceStatus>(bytes, "a status");
}

Result<Event> DecodeEvent(std::string_view bytes) { return Decode<Event>(bytes, "an event"); }

}  // namespace mooring::store_codec
