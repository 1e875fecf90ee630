#include <algorithm>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>

#include "analysis/hdf5_trial.h"
#include "analysis/part_file.h"
#include "scenarios/build.h"
#include "scenarios/cli/output.h"
#include "scenarios/cli/seeds.h"
#include "scenarios/report/evidence_record.h"
#include "scenarios/report/page.h"
#include "scenarios/report/run_record.h"
#include "scenarios/run/result_file.h"
#include "sim/parallel.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_runs = 1000, most_detailed = 8;

/// Result files and claims that the command line names; a folder stands for the evidence and the results in it.
struct Found {
  std::vector<std::filesystem::path> results;
  Json claims = Json::array();
};

Found found_at(const std::vector<std::string>& places) {
  Found found;
  for (const std::string& place : places) {
    if (!std::filesystem::is_directory(place)) {
      found.results.emplace_back(place);
      continue;
    }
    for (Json& claim : evidence_records(place)) found.claims.push_back(std::move(claim));
    std::vector<std::filesystem::path> here;
    for (const auto& entry : std::filesystem::directory_iterator(place)) {
      const std::string name = entry.path().filename().string();
      // ID--SETTING.h5 holds the arrays of evidence, which is shown as such
      if (entry.is_regular_file() && name.ends_with(".h5") && name.find("--") == std::string::npos)
        here.push_back(entry.path());
    }
    std::sort(here.begin(), here.end());
    found.results.insert(found.results.end(), here.begin(), here.end());
  }
  return found;
}

/// Trials and fits run side by side; between them one thread alone reads, since the HDF5 library allows no more.
std::vector<RunRecord> read_and_fit(const std::vector<std::filesystem::path>& files, int threads) {
  sim::ThreadTeam team(threads);
  const auto count = static_cast<long>(files.size());
  std::vector<std::exception_ptr> refusals(files.size());
  const auto try_one = [&](long number, int) {
    const auto place = static_cast<std::size_t>(number);
    try {
      analysis::require_readable(files[place]);
    } catch (...) {
      refusals[place] = std::current_exception();
    }
  };
  team.run(count, std::ref(try_one));
  std::vector<RunRecord> records;
  for (std::size_t place = 0; place < files.size(); ++place) {  // of several faults the first file's is told
    if (refusals[place]) std::rethrow_exception(refusals[place]);
    records.push_back(read_run_record(analysis::ResultReader(files[place], {.child_first = false}),
                                      place < most_detailed ? RunDetail::whole : RunDetail::loss_only));
  }
  const auto fit_one = [&](long number, int) { fit_laws(records[static_cast<std::size_t>(number)]); };
  team.run(count, std::ref(fit_one));
  return records;
}

int report(const Arguments& arguments) {
  const std::optional<std::string> out = arguments.text("out");
  if (!out) throw InputError("report", "-o", "nothing", "the file to write, e.g. report.html");
  const Found found = found_at(arguments.positionals());
  if (found.results.empty() && found.claims.empty())
    throw InputError("report", "FILE.h5|DIR", "no result and no evidence", "at least one");
  if (found.results.size() > most_runs)
    throw InputError("report", "FILE.h5|DIR", std::to_string(found.results.size()) + " results",
                     "at most " + std::to_string(most_runs));
  require_other_file("-o", *out, found.results);
  analysis::require_writable_target(*out, analysis::is_markup);
  std::vector<RunRecord> records = read_and_fit(found.results, thread_count(arguments));
  Json runs = Json::array();
  for (RunRecord& record : records) runs.push_back(std::move(record.json));
  const std::size_t detailed = std::min(runs.size(), most_detailed), count = runs.size(), claims = found.claims.size();
  Json data = {{"made", {{"version", build().version}, {"git_commit", build().git_commit}, {"written", utc_now()}}},
               {"detail_runs", detailed},
               {"runs", std::move(runs)},
               {"claims", found.claims}};
  analysis::write_text_atomically(*out, analysis::is_markup, report_page(data));
  print_result(arguments,
               *out + ": " + std::to_string(count) + " runs, " + std::to_string(claims) + " claims" +
                   (has_interactive_plots() ? "" : "; built without uPlot, so the curves are still pictures") + "\n",
               {{"file", *out}, {"runs", count}, {"claims", claims}, {"interactive", has_interactive_plots()}});
  return 0;
}

}  // namespace

Command report_command() {
  return {
      "report",
      "one page with every curve, fitted law, verdict and setting of results and evidence",
      "FILE.h5|DIR...",
      1,
      1000,
      {out_option("FILE.html", "page to write; opens from disk, asks for nothing from elsewhere"), threads_option(),
       json_option()},
      "A folder stands for the results and the evidence in it. Loss, prediction loss, their laws and T(eps) are of all "
      "runs, settings and provenance of the first 12, everything else of the first 8, so that a page of 200 runs "
      "stays small.",
      "lemmata report results results/evidence --out report.html",
      report};
}

}  // namespace lemmata::scenarios
