#pragma once
#include <cstdint>
#include <filesystem>
#include <span>

namespace lemmata::fuzz {

/// Edits a valid HDF5 file through the library, as `bytes` say, four for each edit: which edit, of which object, two
/// numbers of its own. Deletes, renames, links, reshapes and retypes objects, puts NaN, infinities and large numbers
/// into datasets, attributes of other types and sizes in place of those there, unknown storage and filters. What HDF5
/// refuses is left out: the file stays one that the library can read.
void edit_hdf5(const std::filesystem::path& file, std::span<const std::uint8_t> bytes);

}  // namespace lemmata::fuzz
