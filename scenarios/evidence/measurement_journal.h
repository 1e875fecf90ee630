#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "analysis/line_file.h"

namespace lemmata::scenarios {

class Fields;

/// What an interrupted check has measured: every record, by check, name and seed, as it is made. The check that goes on
/// reads them back instead of measuring again, so it ends with the evidence of one that was not interrupted. One file
/// of JSON lines, numbers exact; it goes with the check that ends by itself.
/// Checked by: tests/scenarios/measurement_journal_test.cpp, check_resume_test.py.
class MeasurementJournal {
 public:
  /// @param resume  go on from what is there; else it is begun anew.
  /// @throws InputError  it is of another build; analysis::FileError  it cannot be written.
  MeasurementJournal(std::filesystem::path file, bool resume);
  ~MeasurementJournal();

  std::size_t size() const;  ///< records that the interrupted check had made

  /// Sets the record to what is there; false: it is not there.
  /// @param move  names the record's fields.
  /// @throws InputError if the line is not such a record.
  using Move = std::function<void(Fields& fields)>;
  bool read(const std::string& check, const std::string& name, long seed, const Move& move) const;
  /// From any thread. @throws analysis::FileError if the disk refuses.
  void append(const std::string& check, const std::string& name, long seed, const Move& move);
  void remove();  ///< once the evidence is there

 private:
  struct Lines;
  std::filesystem::path file_;
  std::unique_ptr<Lines> found_;
  std::unique_ptr<analysis::LineFile> lines_;
};

}  // namespace lemmata::scenarios
