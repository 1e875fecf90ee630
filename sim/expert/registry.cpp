#include "sim/expert/form.h"
#include "sim/registry.h"

namespace lemmata::sim {

#define FORM(name) FormEntry name##_form();
#include "sim/expert/list.def"
#undef FORM

std::span<const FormEntry> forms() {
#define FORM(name) name##_form(),
  static const FormEntry entries[] = {
#include "sim/expert/list.def"
  };
#undef FORM
  return entries;
}

const FormEntry& form_named(const std::string& name) { return find_entry(forms(), name, "model.expert.form"); }

}  // namespace lemmata::sim
