#pragma once
#include <filesystem>
#include <string>

#include "analysis/hdf5_writer.h"
#include "analysis/lock_file.h"
#include "scenarios/cli/command.h"

namespace lemmata::scenarios {

/// The files that a study writes: the result x.h5, its page x.md, and x.ENDING, the runs so far while it is under way.
/// Holds a lock, so that no two studies write the same; nothing of it is left, however the command ends.
class StudyOutput {
 public:
  /// @param name    of the study: x is its name with '/' as '_' unless --out says otherwise.
  /// @param ending  ".cells" or ".runs": the lines are in x.ENDING.jsonl.
  /// @throws FileError, InputError if one of them cannot be written, or is the study's own file.
  StudyOutput(const Arguments& arguments, const std::string& name, const std::string& ending);

  const std::filesystem::path& result() const { return result_; }
  const std::filesystem::path& lines() const { return lines_; }
  const std::filesystem::path& page() const { return page_; }

 private:
  std::filesystem::path result_, lines_, page_;
  analysis::LockFile lock_;
};

/// --resume, as other commands have it. A study goes on from its lines without being asked: they are of the same study
/// and build, or refused.
Option study_resume_option();

/// Version, commit, compiler, flags and threads, as attributes of a study's result.
analysis::Attributes build_attributes(int threads);

}  // namespace lemmata::scenarios
