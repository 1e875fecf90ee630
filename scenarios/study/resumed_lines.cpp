#include "scenarios/study/resumed_lines.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "analysis/part_file.h"
#include "scenarios/configuration/input_error.h"
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

std::string line_source(const std::filesystem::path& file, std::size_t i) {
  return file.string() + " line " + std::to_string(i + 2);
}

std::vector<std::string> resumed_lines(const std::filesystem::path& file, const std::string& header,
                                       const std::string& what) {
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
      lines.push_back(line);
      kept += line + "\n";
    }
  }
  stream.close();
  analysis::write_text_atomically(file, kept);
  return lines;
}

}  // namespace lemmata::scenarios
