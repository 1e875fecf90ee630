#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/dataset.h"
#include "analysis/types.h"
#include "scenarios/evidence/measurement_journal.h"

// What a check measures: kept as arrays beside its evidence, and on recheck read back from there in place of measuring.
namespace lemmata::scenarios {

/// What is wrong with stored measurements: a variable that is missing, of another shape, or of other seeds.
class StoredFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Moves the fields of a record to or from arrays. A type can be measured once it has, beside it, a function
///
///   void fields_of(Record& record, Fields& fields) { fields.number("loss", record.loss, "prediction loss"); ... }
///
/// that names every number which a verdict rests on; what is left out is lost on recheck.
class Fields {
 public:
  virtual ~Fields() = default;
  void number(const std::string& name, double& value, const std::string& description) {
    scalar(name, value, description);
  }
  void number(const std::string& name, long& value, const std::string& description);  ///< below 2^53
  void flag(const std::string& name, bool& value, const std::string& description);    ///< 1 or 0
  /// @param axis  name of the second dimension; the series of one record along one axis are equally long.
  void series(const std::string& name, const std::string& axis, std::vector<double>& values,
              const std::string& description) {
    row(name, axis, values, description);
  }
  void series(const std::string& name, const std::string& axis, std::vector<long>& values,
              const std::string& description);
  void series(const std::string& name, const std::string& axis, analysis::Vector& values,
              const std::string& description);

 protected:
  virtual void scalar(const std::string& name, double& value, const std::string& description) = 0;
  virtual void row(const std::string& name, const std::string& axis, std::vector<double>& values,
                   const std::string& description) = 0;
};

/// The measurements of one check.
/// Checked by: tests/scenarios/measurements_test.cpp; every claim by recheck_test.py.
class Measurements {
 public:
  Measurements() = default;
  explicit Measurements(analysis::Dataset stored) : source_(std::move(stored)), restoring_(true) {}

  /// Of a check whose records are kept as they are made, and read back from there where they are.
  /// @param check  its name in the journal.
  Measurements(MeasurementJournal& journal, std::string check) : journal_(&journal), check_(std::move(check)) {}

  bool restoring() const { return restoring_; }
  const analysis::Dataset& kept() const { return kept_; }

  /// Records of one kind, one per seed: variables NAME_field over NAME_seed, series over NAME_axis too, filled up with
  /// NaN where NAME_axis_count says that a row is shorter.
  /// @param name     unlike any other of the check. No seeds, no arrays.
  /// @param measure  called without arguments for the records, unless they are read back.
  /// @param blank    what a record is before it is read back, for types whose fields depend on it.
  /// @throws StoredFault      what is read back does not fit.
  /// @throws std::logic_error the name is taken.
  template <class Record, class Measure>
  std::vector<Record> records(const std::string& name, const std::vector<long>& seeds, const Measure& measure,
                              const Record& blank = Record()) {
    std::vector<Record> found;
    if (restoring_) {
      require_seeds(name, seeds);
      for (std::size_t i = 0; i < seeds.size(); ++i) {
        Reader reader(*this, name, i);
        fields_of(found.emplace_back(blank), reader);
      }
    } else {
      found = measure();
    }
    Writer writer;
    for (Record& record : found) fields_of(record, writer);
    keep(name, seeds, writer);
    return found;
  }

  /// One record of those that `records` is to return: of the journal if it is there, else measured and kept in it. May
  /// be called from several threads.
  template <class Record, class Measure>
  Record record(const std::string& name, long seed, const Measure& measure, const Record& blank = Record()) const {
    Record found = blank;
    const auto move = [&](Fields& fields) { fields_of(found, fields); };
    if (journal_ != nullptr && journal_->read(check_, name, seed, move)) return found;
    found = measure();
    if (journal_ != nullptr) journal_->append(check_, name, seed, move);
    return found;
  }

 private:
  class Reader final : public Fields {
   public:
    Reader(const Measurements& from, std::string name, std::size_t row)
        : from_(from), name_(std::move(name)), row_(row) {}

   private:
    void scalar(const std::string& name, double& value, const std::string&) override;
    void row(const std::string& name, const std::string& axis, std::vector<double>& values,
             const std::string&) override;
    const Measurements& from_;
    std::string name_;
    std::size_t row_;
  };
  class Writer final : public Fields {
   public:
    struct Column {
      std::string name, axis, description;
      std::vector<std::vector<double>> rows;
    };
    std::vector<Column> columns;

   private:
    Column& column(const std::string& name, const std::string& axis, const std::string& description);
    void scalar(const std::string& name, double& value, const std::string& description) override;
    void row(const std::string& name, const std::string& axis, std::vector<double>& values,
             const std::string& description) override;
  };

  const analysis::Variable& stored(const std::string& name, const std::vector<std::string>& dimensions) const;
  void require_seeds(const std::string& name, const std::vector<long>& seeds) const;
  void keep(const std::string& name, const std::vector<long>& seeds, const Writer& writer);

  MeasurementJournal* journal_ = nullptr;
  std::string check_;
  analysis::Dataset source_, kept_;
  bool restoring_ = false;
};

/// The arrays and attributes of a file that write_dataset wrote, as they were given to it (but for the attributes of
/// variables).
/// @throws analysis::FileError.
analysis::Dataset read_arrays(const std::filesystem::path& file);

}  // namespace lemmata::scenarios
