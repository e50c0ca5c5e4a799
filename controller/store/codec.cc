// SPDX-License-Identifier: Apache-2.0
#include "controller/store/codec.h"

namespace mooring::store_codec {
namespace {

using nlohmann::json;

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::unexpected<Error> Unreadable(std::string_view what, const char* why) {
  return Fail(ErrorCode::kDataLoss,
              fmt::format("the store holds {} that cannot be read: {}", what, why));
}

json ToJson(const Intent::Step& step) {
  return {{"object", step.object},
          {"creates", step.creates},
          {"deletes", step.deletes},
          {"corrected", step.corrected},
          {"event", step.event}};
}

Intent::Step ToStep(const json& in) {
  return {.object = in.at("object"),
          .creates = in.value("creates", false),
          .deletes = in.value("deletes", false),
          .corrected = in.value("corrected", 0),
          .event = in.at("event")};
}

template <typename T>
Result<T> Decode(std::string_view bytes, std::string_view what) {
  try {
    return json::parse(bytes).get<T>();
  } catch (const json::exception& e) {
    return Unreadable(what, e.what());
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

std::string Encode(const Intent& intent) {
  json steps = json::array();
  for (const Intent::Step& step : intent.steps) steps.push_back(ToJson(step));
  return Dump(json::object({{"steps", std::move(steps)}}));
}

Result<ResourceStatus> DecodeStatus(std::string_view bytes) {
  return Decode<ResourceStatus>(bytes, "a status");
}

Result<Event> DecodeEvent(std::string_view bytes) { return Decode<Event>(bytes, "an event"); }

Result<Intent> DecodeIntent(std::string_view bytes) {
  try {
    Intent intent;
    const json in = json::parse(bytes);
    for (const json& step : in.at("steps")) intent.steps.push_back(ToStep(step));
    return intent;
  } catch (const json::exception& e) {
    return Unreadable("an intent", e.what());
  }
}

}  // namespace mooring::store_codec
