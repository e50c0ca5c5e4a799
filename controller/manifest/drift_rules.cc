// SPDX-License-Identifier: Apache-2.0
#include "controller/base/json_pointer.h"
#include "controller/base/text.h"
#include "controller/manifest/rules.h"

namespace mooring::manifest {
namespace {

std::string Advice(const std::string& name, const std::vector<std::string>& names) {
  const std::string near = Nearest(name, names);
  if (!near.empty()) return fmt::format("did you mean \"{}\"?", near);
  return names.empty() ? "it has no fields" : "it has: " + Join(names, ", ");
}

std::vector<std::string> Keys(const Node& map) {
  std::vector<std::string> keys;
  for (const Member& member : map.members) keys.push_back(member.key);
  return keys;
}

/// Follows a pointer through what a spec may have; what it has is known of its services only, as
/// the host may have added the rest.
class Pointer {
 public:
  Pointer(const Node& text, const Schema& schema, const Node& spec, Findings& findings)
      : text_(text), schema_(&schema), value_(&spec), findings_(findings) {}

  void Check() {
    for (const std::string& name : PointerNames(text_.text)) {
      if (!Step(name)) return;
      path_ += "." + name;
    }
  }

 private:
  bool Step(const std::string& name) {
    const bool is_index = !name.empty() && name.find_first_not_of("0123456789") == name.npos;
    if (schema_->type == Schema::Type::kList) {
      if (!is_index) return Complain(name, "it is a list: write a number, from 0");
      schema_ = schema_->each.get();
      value_ = nullptr;
      return true;
    }
    if (const Schema* field = schema_->Find(name)) {
      schema_ = field;
      value_ = value_ == nullptr ? nullptr : value_->Find(name);
      return true;
    }
    if (schema_->has_fields || schema_->each == nullptr)
      return Complain(name, Advice(name, schema_->PropertyNames()));
    if (schema_->key == "service" && value_ != nullptr && value_->Find(name) == nullptr)
      return Complain(name, Advice(name, Keys(*value_)));
    schema_ = schema_->each.get();
    value_ = value_ == nullptr ? nullptr : value_->Find(name);
    return true;
  }

  bool Complain(const std::string& name, std::string hint) {
    findings_.Add(text_.at,
                  fmt::format("drift.ignore: {} has no \"{}\", so \"{}\" would ignore nothing",
                              path_, name, text_.text),
                  std::move(hint));
    return false;
  }

  const Node& text_;
  const Schema* schema_;
  const Node* value_;  ///< null: the spec has nothing there
  Findings& findings_;
  std::string path_ = "spec";
};

}  // namespace

void CheckDriftRules(const Kind& kind, const Node& spec, Findings& findings) {
  const Node* drift = spec.Find("drift");
  const Node* ignore = drift == nullptr ? nullptr : drift->Find("ignore");
  const Schema* schema = kind.schema.Find("spec");
  if (ignore == nullptr || schema == nullptr) return;
  for (const Node& pointer : ignore->items) {
    // What is no pointer at all is a finding of its format.
    if (pointer.IsString() && !FindFormat("json-pointer")->check(pointer.text))
      Pointer(pointer, *schema, spec, findings).Check();
  }
}

}  // namespace mooring::manifest
