#pragma once
#include <string_view>

// What kinds of files this program writes, by their beginnings: for the .part that a killed process may have left. All
// take what was cut short, and HDF5 the zeros that stand there until its first flush.
// Checked by: tests/analysis/file_kind_test.cpp.
namespace lemmata::analysis {

bool is_hdf5(std::string_view beginning);
bool is_json(std::string_view beginning);      ///< an object or a list
bool is_markup(std::string_view beginning);    ///< HTML or XML
bool is_markdown(std::string_view beginning);  ///< with a heading

}  // namespace lemmata::analysis
