#include "scenarios/evidence/evidence_files.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "analysis/part_file.h"
#include "scenarios/configuration/sha256.h"

namespace lemmata::scenarios {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t digest_length = 64, most_lines = 100'000;
constexpr std::uintmax_t most_bytes = std::uintmax_t{1} << 30;

bool is_hexadecimal(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_digest(std::string_view text) { return text.size() == digest_length && is_hexadecimal(text); }

}  // namespace

std::string sha256_of_file(const fs::path& file) {
  std::error_code failure;
  const std::uintmax_t size = fs::file_size(file, failure);
  std::ifstream in(file, std::ios::binary);
  if (failure || !in) throw analysis::FileError(file, "", "nothing that can be read", "a file");
  if (size > most_bytes) throw analysis::FileError(file, "", std::to_string(size) + " bytes", "at most 1 GiB");
  return sha256(in);
}

Checksums::Checksums(fs::path directory) : directory_(std::move(directory)) {
  const fs::path file = directory_ / file_name;
  std::ifstream in(file);
  exists_ = static_cast<bool>(in);
  std::string line;
  while (std::getline(in, line)) {
    const std::string digest = line.substr(0, digest_length);
    const std::string name = line.size() > digest_length + 2 ? line.substr(digest_length + 2) : "";
    if (!is_digest(digest) || line.substr(digest_length, 2) != "  " || name.empty() ||
        name.find('/') != std::string::npos || name.size() > 255 || sums_.size() >= most_lines)
      throw analysis::FileError(
          file, "line " + std::to_string(sums_.size() + 1), line.substr(0, 100),
          "64 hexadecimal digits, two blanks, the name of a file beside it; at most 100,000 lines");
    sums_[name] = digest;
  }
}

void Checksums::update(const std::string& name) { sums_[name] = sha256_of_file(directory_ / name); }

void Checksums::write() const {
  std::string text;
  for (const auto& [name, digest] : sums_) text += digest + "  " + name + "\n";
  const auto is_sums = [](std::string_view beginning) { return is_hexadecimal(beginning.substr(0, digest_length)); };
  analysis::write_text_atomically(directory_ / file_name, is_sums, text);
}

std::string evidence_name(const std::string& id, const std::string& setting) {
  std::string name = id + "--" + setting;
  for (char& c : name) {
    if (c == '/' || c == ' ') c = '_';
  }
  return name;
}

void write_evidence(const fs::path& directory, Evidence& evidence) {
  const std::string name = evidence_name(evidence.id, evidence.setting);
  Checksums sums(directory);
  if (!evidence.stored.variables.empty()) {
    evidence.stored.attributes = {
        {"id", evidence.id}, {"setting", evidence.setting}, {"settings_hash", evidence.settings_hash}};
    analysis::write_dataset(directory / (name + ".h5"), evidence.stored);
    evidence.files = {name + ".h5"};
    sums.update(name + ".h5");
  }
  analysis::write_text_atomically(
      directory / (name + ".json"), analysis::is_json,
      json_from_evidence(evidence).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  sums.update(name + ".json");
  sums.write();
}

}  // namespace lemmata::scenarios
