#pragma once
#include <chrono>
#include <memory>
#include <span>

#include "analysis/dataset.h"
#include "analysis/line_file.h"
#include "analysis/part_file.h"

namespace lemmata::analysis {

/// One recorded quantity: a row per recorded step.
struct VariableSpec {
  std::string name;
  std::vector<std::string> dimensions;   ///< the first is "step"
  ElementType type = ElementType::float64;
  std::string units, description;
};

/// Shape of a result file. `step` (int64, unlimited) is there by itself.
struct ResultLayout {
  std::map<std::string, std::size_t> dimensions;   ///< sizes of class, expert, feature, token_kind, ... without step
  std::map<std::string, Array> coordinates;        ///< values for some of them, one per index
  std::vector<VariableSpec> recorded;
};

struct WriterOptions {
  double flush_seconds = 1;        ///< time between flushes to disk; 0 = at every record
  std::size_t buffer_rows = 256;   ///< rows kept in memory at most
};

/// Records one run by contract.md: writes x.h5.part (a flushed row survives kill -9), which finish() renames to x.h5;
/// beside it x.jsonl, one line per recorded step with `step` and every variable that is one number per step (null = not
/// finite), and at the end x.metrics.json, flat: the last of those numbers, the metrics set, and the root attributes
/// but `scenario`.
///
/// x.jsonl is started anew at the first record; x.h5 and x.metrics.json of an earlier run stay until finish().
/// Destruction without finish() writes out the buffered rows and leaves the .part; without any record nothing is left.
/// Files whose name does not end in .h5 get the endings appended (out -> out.jsonl). Checked by:
/// tests/analysis/result_writer_test.cpp, tests/analysis/hdf5_interop.py, tests/analysis/crash_test.py.
class ResultWriter {
 public:
  /// @throws FileError  the folder of x.h5 is missing or unwritable, or another process writes x.h5 (nothing is
  /// written).
  /// @throws std::invalid_argument  the layout contradicts itself.
  ResultWriter(const std::filesystem::path& target, const ResultLayout& layout, const Attributes& root_attributes,
               WriterOptions options = {});
  ResultWriter(const ResultWriter&) = delete;
  ResultWriter& operator=(const ResultWriter&) = delete;
  ~ResultWriter();

  /// Appends one record.
  /// @param step    larger than the last one.
  /// @param values  one row per variable in the order of layout.recorded, each of the size its dimensions say; for
  /// integer
  ///                variables whole numbers in range.
  /// @throws std::invalid_argument otherwise; the record is then not appended. FileError if the disk refuses.
  void append(long step, std::span<const std::span<const double>> values);
  /// The same by name: every recorded variable, no other.
  void append(long step, const std::map<std::string, std::vector<double>>& values);

  /// Flushes if the time is up; for loops that record seldom.
  void flush_if_due();
  bool is_flush_due() const;   ///< false once finished
  /// A group of arrays, such as `initial` and `final`, with its own dimensions.
  void write_group(const std::string& name, const Dataset& content);
  void set_attribute(const std::string& name, const Attribute& value);   ///< of the root; replaces
  void set_metric(const std::string& name, double value) { metrics_[name] = value; }

  /// Writes everything out and gives the files their names. Only flush_if_due() may follow (and does nothing).
  void finish();

 private:
  struct Column {
    VariableSpec spec;
    std::size_t row = 1;   ///< numbers per step
    Array buffer;
  };
  void create_layout(const ResultLayout& layout);
  void require_row(const Column& column, std::span<const double> row) const;
  void write_line(long step, std::span<const std::span<const double>> values);
  LineFile& curve();
  void write_out();
  std::string metrics() const;

  PartFile part_;
  WriterOptions options_;
  std::unique_ptr<Hdf5Writer> file_;   ///< none once finished
  std::unique_ptr<LineFile> curve_;    ///< from the first record on
  std::vector<Column> columns_;
  std::vector<std::int64_t> steps_;    ///< buffered
  std::size_t written_ = 0;            ///< rows in the file
  long last_step_ = -1;
  Attributes attributes_, last_;       ///< of the root; the last record's single numbers
  std::map<std::string, double> metrics_;
  std::chrono::steady_clock::time_point flushed_;
};

/// Path of a file beside a result file: ("dir/x.h5", ".jsonl") -> "dir/x.jsonl".
std::filesystem::path beside(const std::filesystem::path& result, const std::string& ending);

}  // namespace lemmata::analysis
