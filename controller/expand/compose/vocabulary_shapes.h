// SPDX-License-Identifier: Apache-2.0
// What fields of Compose have in common: texts, numbers, lists and maps of
// them. Only the vocabulary includes it. Constants.
#pragma once

#include "controller/expand/compose/vocabulary.h"

namespace mooring::compose::shapes {

using Word = std::string_view;

// --- scalars ---
inline constexpr Shape kTextOnly{};
inline constexpr Shape kTextOrNull{.accepts = kString | kNull};
inline constexpr Shape kTextAlways{.always = true};
inline constexpr Shape kBool{.as = As::kBool, .accepts = kFlag};
inline constexpr Shape kBoolAlways{.as = As::kBool, .accepts = kFlag, .always = true};
inline constexpr Shape kStrictBool{.as = As::kBool, .accepts = kBoolean, .always = true};
inline constexpr Shape kCount{.as = As::kInteger, .accepts = kWhole};
inline constexpr Shape kCountAlways{.as = As::kInteger, .accepts = kWhole, .always = true};
inline constexpr Shape kNotNegative{.as = As::kInteger, .accepts = kWhole, .minimum = 0};
inline constexpr Shape kPercent{.as = As::kFloat, .accepts = kWhole, .minimum = 0, .maximum = 100};
inline constexpr Shape kNumber{.as = As::kInteger, .accepts = kNumeric};
inline constexpr Shape kNumberAlways{.as = As::kInteger, .accepts = kNumeric, .always = true};
inline constexpr Shape kStrictNumber{.as = As::kInteger, .accepts = kInteger | kFraction};
inline constexpr Shape kFloat{.as = As::kFloat, .accepts = kNumeric};
inline constexpr Shape kSize{.as = As::kSize, .accepts = kNumeric};
inline constexpr Shape kWholeSize{.as = As::kSize, .accepts = kWhole};
inline constexpr Shape kTextSize{.as = As::kSize};
inline constexpr Shape kTmpfsSize{.as = As::kSize, .accepts = kWhole, .minimum = 0};
inline constexpr Shape kDuration{.as = As::kDuration};
inline constexpr Shape kDurationAlways{.as = As::kDuration, .always = true};
inline constexpr Shape kOomScore{
    .as = As::kInteger, .accepts = kWhole, .minimum = -1000, .maximum = 1000};

// --- lists and maps of texts ---
inline constexpr Shape kPlainTexts{.as = As::kTexts, .accepts = kList};
inline constexpr Shape kUniqueTexts{.as = As::kTexts, .accepts = kList, .unique = true};
inline constexpr Shape kOneOrMoreTexts{
    .as = As::kTexts, .accepts = kString | kList, .unique = true};
inline constexpr Shape kLabelFiles{.as = As::kNothing, .accepts = kString | kList};
inline constexpr Shape kUniqueTextsOrNumbers{
    .as = As::kTexts, .accepts = kList, .elements = kNumeric, .unique = true};
inline constexpr Shape kCommand{
    .as = As::kCommand, .accepts = kNull | kString | kList, .in_json = true};
inline constexpr Shape kHealthTest{.as = As::kHealthTest, .accepts = kString | kList};
inline constexpr Shape kScalar{.accepts = kScalars};
inline constexpr Shape kEnvironment{.as = As::kEnvironment,
                                    .accepts = kMapping | kList,
                                    .unique = true,
                                    .each = &kScalar,
                                    .keys = ""};
inline constexpr Shape kListOrMap{
    .as = As::kTextMap, .accepts = kMapping | kList, .unique = true, .each = &kScalar, .keys = ""};
inline constexpr Shape kSsh{
    .as = As::kSsh, .accepts = kMapping | kList, .unique = true, .each = &kScalar, .keys = ""};
inline constexpr Shape kTextOrNumber{.accepts = kNumeric};
inline constexpr Shape kOption{.accepts = kNumeric | kNull};
inline constexpr Shape kLoggingOptions{
    .as = As::kTextMap, .accepts = kMapping, .each = &kOption, .keys = ""};
inline constexpr Shape kDriverOptions{
    .as = As::kTextMap, .accepts = kMapping, .each = &kTextOrNumber, .keys = ""};
inline constexpr Shape kTextToText{
    .as = As::kTextMap, .accepts = kMapping, .each = &kTextOnly, .keys = ""};
inline constexpr Shape kIpamOptions{
    .as = As::kNothing, .accepts = kMapping, .each = &kTextOnly, .keys = ""};
inline constexpr Shape kAnything{.accepts = kScalars | kMapping | kList};
inline constexpr Shape kFreeMap{
    .as = As::kTextMap, .accepts = kMapping, .each = &kAnything, .keys = ""};
inline constexpr Shape kAddresses{.accepts = kString | kList};
inline constexpr Shape kHosts{
    .as = As::kHosts, .accepts = kMapping | kList, .unique = true, .each = &kAddresses, .keys = ""};

constexpr Shape Struct(std::span<const Field> fields, std::span<const Word> required = {},
                       uint16_t accepts = kMapping, bool in_json = false) {
  return {.as = As::kStruct,
          .accepts = accepts,
          .in_json = in_json,
          .fields = fields,
          .required = required};
}
constexpr Shape ListOf(const Shape& each, bool unique = false) {
  return {.as = As::kListOf, .accepts = kList, .unique = unique, .each = &each};
}
constexpr Shape MapOf(const Shape& each, uint16_t accepts = kMapping) {
  return {.as = As::kMapOf, .accepts = accepts, .each = &each};
}

}  // namespace mooring::compose::shapes
