#include "scenarios/study/study_output.h"

#include <algorithm>

#include "analysis/result_writer.h"
#include "scenarios/build.h"
#include "scenarios/cli/output.h"

namespace lemmata::scenarios {
namespace {

std::filesystem::path result_of(const Arguments& arguments, std::string name) {
  if (const auto out = arguments.text("out")) return *out;
  std::replace(name.begin(), name.end(), '/', '_');
  return (name.ends_with(".json") ? name.substr(0, name.size() - 5) : name) + ".h5";
}

// Refused before the lock's own file is made.
const std::filesystem::path& writable(const std::filesystem::path& file, const analysis::IsOurs& is_ours,
                                      const std::string& study) {
  analysis::require_writable_target(file, is_ours);
  require_other_file("--out", file, {study});
  return file;
}

}  // namespace

StudyOutput::StudyOutput(const Arguments& arguments, const std::string& name, const std::string& ending)
    : result_(writable(result_of(arguments, name), analysis::is_hdf5, name)),
      lines_(writable(analysis::beside(result_, ending + ".jsonl"), analysis::is_json, name)),
      page_(writable(analysis::beside(result_, ".md"), analysis::is_markdown, name)),
      lock_(analysis::beside(result_, ".lock")) {}

Option study_resume_option() {
  return {"resume", "", "go on with what an interrupted one has left; so it does without being asked too"};
}

analysis::Attributes build_attributes(int threads) {
  analysis::Attributes attributes = {{"threads", std::int64_t{threads}},
                                     {"git_dirty", std::int64_t{build().is_dirty()}}};
  for (const auto& [name, value] : build_identity()) attributes[name] = value;
  return attributes;
}

}  // namespace lemmata::scenarios
