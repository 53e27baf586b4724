// SPDX-License-Identifier: MIT
#include "sim/sim_options.hpp"

namespace g2a_sim {

const std::map<std::string, Quirk>& quirk_names() {
  static const std::map<std::string, Quirk> names{
      {"ids-as-strings", Quirk::kIdsAsStrings}, {"size-as-number", Quirk::kSizeAsNumber},
      {"wrapped-list", Quirk::kWrappedList},    {"no-thumbnail-null", Quirk::kAbsentNull},
      {"absent-null", Quirk::kAbsentNull},      {"absent-empty", Quirk::kAbsentEmpty},
      {"time-offset", Quirk::kTimeOffset},      {"fractional", Quirk::kFractional},
      {"extra-members", Quirk::kExtraMembers},  {"omit-empty-arrays", Quirk::kOmitEmptyArrays},
      {"reverse-order", Quirk::kReverseOrder}};
  return names;
}

const std::map<std::string, BadField>& bad_field_names() {
  static const std::map<std::string, BadField> names{
      {"id", BadField::kId}, {"size", BadField::kSize}, {"time", BadField::kTime}, {"scheme", BadField::kScheme}};
  return names;
}

}  // namespace g2a_sim
