#include "scenarios/study/resumed_lines.h"

#include <fcntl.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "analysis/file_error.h"
#include "analysis/part_file.h"
#include "scenarios/build.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/configuration/json_text.h"
#include "scenarios/configuration/sha256.h"

namespace lemmata::scenarios {

namespace {

constexpr std::string_view seal = ",\"sha256\":\"", seal_end = "\"}";
constexpr std::uintmax_t most_bytes = std::uintmax_t{1} << 30;
constexpr std::size_t sealed_bytes = seal.size() + 64 + seal_end.size();

std::string unsealed_line(const std::string& line, const std::string& source) {
  if (line.size() > sealed_bytes) {
    const std::string object = line.substr(0, line.size() - sealed_bytes) + "}";
    if (sealed_line(object) == line) return object;
  }
  throw InputError(source, "", "a damaged line",
                   "one that ends in the SHA-256 of what it holds (without it the run is done again)");
}

}  // namespace

std::string lines_header(Json members) {
  for (const auto& [name, value] : build_identity()) members[name] = value;
  return members.dump();
}

analysis::IsOurs begins_as(const std::string& header) {
  return [first = header.substr(0, header.find(':'))](std::string_view beginning) {
    return analysis::begins_alike(beginning, first);
  };
}

std::string sealed_line(const std::string& object) {
  return object.substr(0, object.size() - 1) + std::string(seal) + sha256(object) + std::string(seal_end);
}

std::string line_source(const std::filesystem::path& file, std::size_t i) {
  return file.string() + " line " + std::to_string(i + 2);
}

std::vector<std::string> resumed_lines(const std::filesystem::path& file, const std::string& header,
                                       const std::string& what) {
  analysis::require_own(file, begins_as(header), O_RDONLY);
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(file, none);
  if (!none && size > most_bytes) throw analysis::FileError(file, "", std::to_string(size) + " bytes", "at most 1 GiB");
  std::vector<std::string> lines;
  std::ifstream stream(file, std::ios::binary);
  std::string line, kept = header + "\n";
  if (std::getline(stream, line)) {
    const bool is_begun = stream.eof() && header.starts_with(line);
    if (line != header && !is_begun) {
      const std::string source = file.string() + " line 1";
      throw InputError(
          source, "", shown(parse_json(line, source)),
          "the unfinished runs of this " + what + " and this build, " + header + "; remove the file to start anew");
    }
    while (std::getline(stream, line) && !stream.eof()) {
      lines.push_back(unsealed_line(line, line_source(file, lines.size())));
      kept += line + "\n";
    }
  }
  stream.close();
  analysis::write_text_atomically(file, analysis::is_json, kept);
  return lines;
}

}  // namespace lemmata::scenarios
