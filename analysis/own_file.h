#pragma once
#include <filesystem>
#include <functional>
#include <string_view>

namespace lemmata::analysis {

/// Whether a file that begins with these bytes (all of it, or its first 300) may be one that this program left.
using IsOurs = std::function<bool(std::string_view beginning)>;

/// Whether a file of this beginning may be one that starts with `first`, perhaps cut short.
bool begins_alike(std::string_view beginning, std::string_view first);

/// Opens a file whose name the program chose itself, such as x.journal beside x.h5, so that nothing of others is lost:
/// no link is followed, and what is there is taken over only if it is a regular file that is empty or begins as ours.
/// @param flags  of open(2): O_RDWR, O_CREAT, O_APPEND; never O_TRUNC, which would come before the look.
/// @return its descriptor, the caller's to close.  @throws FileError otherwise; what is there stays as it is.
/// Checked by: tests/analysis/own_file_test.cpp, tests/scenarios/bad_input_test.py.
int open_own(const std::filesystem::path& file, int flags, const IsOurs& is_ours);

/// Whether open_own could: for a look before anything is written. Writes nothing.
/// @param access  O_RDWR; O_RDONLY for what is only replaced.  @throws FileError as open_own.
void require_own(const std::filesystem::path& file, const IsOurs& is_ours, int access);

/// write(2) of all of it. @return false if the disk refuses, with errno.
bool write_all(int descriptor, std::string_view text);

/// Removes a file and returns once the folder without it is on the disk. @throws FileError if that fails; not if there
/// is none.
void remove_durably(const std::filesystem::path& file);

/// fsync of a folder, where its file system knows of that. @throws FileError if the disk refuses.
void sync_folder(const std::filesystem::path& folder);

/// The folder of a file: "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& file);

}  // namespace lemmata::analysis
