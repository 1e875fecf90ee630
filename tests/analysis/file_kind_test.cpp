#include "analysis/file_kind.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace lemmata::analysis;

TEST_CASE("a file is of one kind, also cut short, and what others write of none") {
  struct Kind {
    bool (*is)(std::string_view);
    std::vector<std::string> beginnings;
  };
  const std::array<Kind, 4> kinds = {{{is_hdf5, {"\x89HDF\r\n\x1a\n", "\x89", std::string(300, '\0'), {'\0'}}},
                                      {is_json, {"{\n  \"a\"", "{", "[1, 2"}},
                                      {is_markup, {"<!doctype html>", "<?xml"}},
                                      {is_markdown, {"# map", "### lemmata", "#"}}}};
  for (const Kind& kind : kinds) {
    for (const Kind& other : kinds)
      for (const std::string& beginning : other.beginnings) CHECK(kind.is(beginning) == (&kind == &other));
    for (const char* foreign : {"half of a download", "\x89PNG\r\n", " {", "\n# map", "PK\x03\x04"})
      CHECK_FALSE(kind.is(foreign));
  }
}
