#include "tests/fuzz/target.h"

// A target with a defect, which a few edits of its corpus reach: what finds nothing here finds nothing anywhere.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lemmata;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::takes([&] {
    if (text.find("steps") == std::string_view::npos) throw scenarios::InputError("", "", "no steps", "some");
  });
  if (text.find("steps: -1") != std::string_view::npos) fuzz::finding("the planted defect");
  return 0;
}
