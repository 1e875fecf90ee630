#pragma once
#include <any>
#include <map>
#include <mutex>
#include <string>

namespace lemmata::scenarios {

/// Records that several checks measure of the same run: each is measured once while this lives. May be used from
/// several threads; two that ask for one record at the same time both measure it.
/// Checked by: tests/scenarios/measurements_test.cpp; check_test.py compares a check alone with the same among all.
class SharedRecords {
 public:
  /// @param what  all that decides the record: how it is measured, the settings' hash, the seed.
  /// @throws std::bad_any_cast  there is one of another type under that name.
  template <class Record, class Measure>
  Record record(const std::string& what, const Measure& measure) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = records_.find(what); found != records_.end()) return std::any_cast<Record>(found->second);
    }
    Record measured = measure();
    const std::lock_guard lock(mutex_);
    records_.emplace(what, measured);
    return measured;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::any> records_;
};

}  // namespace lemmata::scenarios
