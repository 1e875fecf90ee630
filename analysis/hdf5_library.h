#pragma once
#include <hdf5.h>
#include <hdf5_hl.h>

#include "analysis/hdf5_file.h"

// What hdf5_file.cpp (which reads) and hdf5_file_write.cpp share; nobody else includes this.
namespace lemmata::analysis {

inline constexpr char dimension_only[] = "This is a netCDF dimension but not a netCDF variable.";

inline std::string inside(const std::string& object) { return "/" + object; }
inline std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }  // npos + 1 = 0

/// No error printing (a setting per thread), no plug-ins from disk, no links into other files, and no clean-up at exit:
/// ours is done by then, and after a full disk the library's own crashes.
inline void quieten_library() {
  static const bool once = (H5dont_atexit(), H5PLset_loading_state(0), H5Lunregister(H5L_TYPE_EXTERNAL), true);
  static_cast<void>(once);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

}  // namespace lemmata::analysis
