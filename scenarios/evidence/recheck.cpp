#include "scenarios/evidence/recheck.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

#include "scenarios/configuration/input_error.h"
#include "scenarios/evidence/evidence_files.h"
#include "scenarios/user_claim/user_claim.h"

namespace lemmata::scenarios {
namespace fs = std::filesystem;

namespace {

struct Named {
  const ClaimEntry* claim = nullptr;
  const ClaimSetting* setting = nullptr;
};

Named named(const ClaimEntry& claim, const std::string& setting) {
  for (const ClaimSetting& one : claim.settings) {
    if (one.name == setting) return {&claim, &one};
  }
  return {};
}

Named named(const std::string& id, const std::string& setting) {
  for (const ClaimEntry& claim : claims()) {
    if (claim.id == id) return named(claim, setting);
  }
  return {};
}

std::string text_at(const Json& evidence, const char* key) {
  const auto found = evidence.is_object() ? evidence.find(key) : evidence.end();
  if (!evidence.is_object() || found == evidence.end() || !found->is_string())
    throw StoredFault(std::string(key) + ": found " + (evidence.is_object() ? "no text" : "no evidence") +
                      ", allowed: a text");
  return found->get<std::string>();
}

bool same(double found, double derived) {
  return found == derived || (std::isnan(found) && std::isnan(derived)) ||
         std::abs(found - derived) <= 1e-6 * std::max(std::abs(found), std::abs(derived));
}

// The first entry that differs, in words; empty if none does.
std::string difference(const analysis::Variable& found, const analysis::Variable& derived) {
  if (found.dimensions != derived.dimensions || found.values.index() != derived.values.index() ||
      analysis::element_count(found.values) != analysis::element_count(derived.values))
    return "found other dimensions, type or size than derived";
  return std::visit(
      [&](const auto& values) -> std::string {
        const auto& other = std::get<std::decay_t<decltype(values)>>(derived.values);
        for (std::size_t i = 0; i < values.size(); ++i) {
          const double one = static_cast<double>(values[i]), two = static_cast<double>(other[i]);
          if (!same(one, two))
            return "entry " + std::to_string(i) + ": found " + shown(one) + ", derived " + shown(two);
        }
        return "";
      },
      found.values);
}

void compare_arrays(const analysis::Dataset& found, const analysis::Dataset& derived, const std::string& file,
                    std::vector<std::string>& findings) {
  for (const analysis::Variable& variable : derived.variables) {
    const analysis::Variable* other = analysis::find_variable(found, variable.name);
    const std::string what = other == nullptr ? "found nothing, derived a variable" : difference(*other, variable);
    if (!what.empty()) findings.push_back(file + ": " + variable.name + ": " + what);
  }
  for (const analysis::Variable& variable : found.variables) {
    if (analysis::find_variable(derived, variable.name) == nullptr)
      findings.push_back(file + ": " + variable.name + ": found a variable that the check does not make");
  }
}

// A file against the list; files that are not on it are not judged.
void require_listed(const Checksums& sums, const fs::path& directory, const std::string& name,
                    std::vector<std::string>& findings) {
  const auto listed = sums.all().find(name);
  if (listed == sums.all().end()) {
    findings.push_back(name + ": found no line in " + Checksums::file_name + ", allowed: one");
  } else if (sha256_of_file(directory / name) != listed->second) {
    findings.push_back(name + ": found another content than " + Checksums::file_name + " says");
  }
}

// Where the arrays are, if anywhere: the one file beside the evidence that bears its name.
std::string arrays_of(const Json& evidence, const std::string& stem) {
  const auto files = evidence.find("files");
  if (files != evidence.end() && files->is_array() && files->empty()) return "";
  if (files == evidence.end() || *files != Json::array({stem + ".h5"}))
    throw StoredFault("files: found " + (files == evidence.end() ? "nothing" : shown(*files)) + ", allowed: [\"" +
                      stem + ".h5\"]");
  return stem + ".h5";
}

long seeds_wanted(const Json& evidence) {
  const auto found = evidence.find("seeds_wanted");
  if (found == evidence.end() || !found->is_number_integer() || *found < 0 || *found > 100'000)
    throw StoredFault("seeds_wanted: found " + (found == evidence.end() ? "nothing" : shown(*found)) +
                      ", allowed: 0 to 100000");
  return found->get<long>();
}

// Debian's HDF5 serves one thread at a time.
analysis::Dataset arrays_alone(const fs::path& file) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  return read_arrays(file);
}

void derive_and_compare(const fs::path& file, Rechecked& result) {
  const Json evidence = read_json_file(file);
  result.id = text_at(evidence, "id");
  result.setting = text_at(evidence, "setting");
  result.verdict = text_at(evidence, "verdict");
  ClaimEntry own;
  if (evidence.contains("definition")) own = user_claim(evidence["definition"], file.string());
  const Named entry = evidence.contains("definition") ? named(own, result.setting) : named(result.id, result.setting);
  if (entry.setting == nullptr) throw StoredFault("id, setting: found a check that this program does not know");
  const std::string stem = evidence_name(result.id, result.setting), arrays = arrays_of(evidence, stem);
  if (file.stem() != stem) throw StoredFault("file name: found " + file.stem().string() + ", allowed: " + stem);
  const Checksums sums(file.parent_path());
  if (!sums.exists())
    result.findings.push_back(std::string(Checksums::file_name) + ": found nothing beside the evidence");
  else
    require_listed(sums, file.parent_path(), file.filename().string(), result.findings);
  analysis::Dataset stored;
  if (!arrays.empty()) {
    if (sums.exists()) require_listed(sums, file.parent_path(), arrays, result.findings);
    stored = arrays_alone(file.parent_path() / arrays);
  }
  sim::ThreadTeam alone(1);  // files are what goes side by side
  CheckContext context{alone, seeds_wanted(evidence)};
  Evidence derived = derive_again(*entry.claim, *entry.setting, stored, context);
  if (!derived.stored.variables.empty()) derived.files = {stem + ".h5"};
  compare_arrays(stored, derived.stored, arrays, result.findings);
  compare_json(evidence, json_from_evidence(derived), "", result.findings);
}

}  // namespace

Rechecked recheck(const fs::path& evidence_file) {
  Rechecked result;
  result.file = evidence_file;
  try {
    derive_and_compare(evidence_file, result);
  } catch (const StoredFault& fault) {
    result.findings.push_back(fault.what());
  } catch (const analysis::FileError& fault) {
    result.findings.push_back(fault.what());
  } catch (const InputError& fault) {
    result.findings.push_back(fault.what());
  } catch (const std::exception& fault) {  // numbers that no measurement gives, refused further down
    result.findings.push_back(std::string("the check refuses what is stored: ") + fault.what());
  }
  return result;
}

std::vector<Rechecked> recheck_directory(const fs::path& directory, sim::ThreadTeam& team) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Rechecked> all(files.size());
  team.run(static_cast<long>(files.size()),
           [&](long i, int) { all[static_cast<std::size_t>(i)] = recheck(files[static_cast<std::size_t>(i)]); });
  Rechecked whole;
  whole.file = directory / Checksums::file_name;
  try {
    const Checksums sums(directory);
    for (const auto& [name, digest] : sums.all()) {
      if (!fs::exists(directory / name)) whole.findings.push_back(name + ": found nothing, listed in SHA256SUMS");
    }
  } catch (const analysis::FileError& fault) {
    whole.findings.push_back(fault.what());
  }
  if (!whole.findings.empty()) all.push_back(whole);
  return all;
}

}  // namespace lemmata::scenarios
