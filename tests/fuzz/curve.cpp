#include "analysis/curve_file.h"
#include "tests/fuzz/target.h"

// The curves of `lemmata fit`: a first line "csv" or "jsonl", then the file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lemmata;
  std::string_view text = fuzz::text_of(data, size);
  const bool is_csv = fuzz::first_line(text) == "csv";
  const std::filesystem::path file = fuzz::file_of(is_csv ? "curve.csv" : "curve.jsonl", text);
  fuzz::takes([&] {
    const analysis::Curve curve = analysis::read_curve(file, "step", "loss", {.max_rows = 1000, .max_line = 60'000});
    if (curve.x.size() != curve.y.size() || curve.x.size() > 1000) fuzz::finding("a curve of two lengths, or too long");
  });
  return 0;
}
