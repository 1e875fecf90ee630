#include "analysis/file_kind.h"

#include "analysis/own_file.h"

namespace lemmata::analysis {

bool is_hdf5(std::string_view beginning) {
  return begins_alike(beginning, "\x89HDF\r\n") || begins_alike(beginning, std::string_view("\0\0\0\0", 4));
}

bool is_json(std::string_view beginning) { return begins_alike(beginning, "{") || begins_alike(beginning, "["); }

bool is_markup(std::string_view beginning) { return begins_alike(beginning, "<"); }

bool is_markdown(std::string_view beginning) { return begins_alike(beginning, "#"); }

}  // namespace lemmata::analysis
