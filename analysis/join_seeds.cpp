#include "analysis/join_seeds.h"

#include <algorithm>
#include <set>

#include "analysis/hdf5_reader.h"
#include "analysis/part_file.h"

namespace lemmata::analysis {
namespace {

using Names = std::vector<std::string>;

// Files of our own: no child process reads them first, and no size is too large.
Hdf5Reader opened(const SeedFile& run) {
  constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
  return Hdf5Reader(run.file, {.max_elements = any, .child_first = false});
}

template <class T>
constexpr T missing() {
  return std::is_same_v<T, double> ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::min();
}

ElementType type_of(const DatasetInfo& info) {
  if (info.kind == StoredKind::floating) return ElementType::float64;
  return info.element_bytes == 1 ? ElementType::int8 : ElementType::int64;
}

Array values_of(const Hdf5Reader& reader, const std::string& name, ElementType type) {
  if (type == ElementType::float64) return reader.doubles(name);
  std::vector<std::int64_t> values = reader.integers(name);
  if (type == ElementType::int64) return values;
  return std::vector<std::int8_t>(values.begin(), values.end());
}

bool is_recorded(const DatasetInfo& info) { return !info.dimensions.empty() && info.dimensions[0] == "step"; }

// Rows, one per own step, on the union of steps.
Array on_union(const Array& rows, const std::vector<std::int64_t>& own, const std::vector<std::int64_t>& all) {
  return std::visit([&](const auto& from) -> Array {
    using T = typename std::decay_t<decltype(from)>::value_type;
    const std::size_t row = own.empty() ? 0 : from.size() / own.size();
    std::vector<T> spread(row * all.size(), missing<T>());
    for (std::size_t i = 0; i < own.size(); ++i) {
      const auto place = std::lower_bound(all.begin(), all.end(), own[i]) - all.begin();
      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(i * row), row,
                  spread.begin() + place * static_cast<std::ptrdiff_t>(row));
    }
    return spread;
  }, rows);
}

class Joint {
 public:
  Joint(const std::filesystem::path& part, std::span<const SeedFile> runs)
      : file_(part), runs_(runs), first_(opened(runs[0])) {
    std::set<std::int64_t> steps;
    for (const SeedFile& run : runs_) {
      own_steps_.push_back(opened(run).integers("step"));
      steps.insert(own_steps_.back().begin(), own_steps_.back().end());
    }
    steps_.assign(steps.begin(), steps.end());
  }

  // One group, "" = root: its dimensions, then its variables with the seed in front.
  void add_group(const std::string& group) {
    const std::string prefix = group.empty() ? "" : group + "/";
    if (!group.empty()) file_.create_group(group);
    add_seeds(prefix);
    Names variables;
    for (const std::string& name : first_.dataset_names(group)) {
      const DatasetInfo info = first_.info(prefix + name);
      if (is_recorded(info) && steps_.empty()) continue;   // no run recorded anything
      if (info.dimension_without_values) file_.create_dimension(prefix + name, info.shape[0]);
      else if (prefix + name == "step") add_coordinate("step", steps_);
      else if (info.dimensions == Names{name})
        add_coordinate(prefix + name, values_of(first_, prefix + name, type_of(info)));
      else variables.push_back(prefix + name);
    }
    for (const std::string& name : variables) create_variable(name);
    // Seed by seed, so that each file is opened once for a group.
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const Hdf5Reader run = opened(runs_[i]);
      for (const std::string& name : variables) copy_variable(run, name, i);
    }
  }

  void add_outcomes() {
    std::vector<std::int64_t> last_finite;
    std::vector<std::int8_t> completed;
    for (const SeedFile& run : runs_) {
      const Attributes attributes = opened(run).attributes();
      last_finite.push_back(std::get<std::int64_t>(attributes.at("last_finite_step")));
      completed.push_back(attributes.at("stop_reason") == Attribute("completed") ? 1 : 0);
    }
    add_outcome("last_finite_step", last_finite, "step", "last step whose objective was finite");
    add_outcome("completed", completed, "1", "1 if the run of this seed completed its schedule");
  }

  Names groups() const { return first_.group_names(); }

  void close(const Attributes& root_attributes) {
    for (const auto& [name, value] : root_attributes) file_.set_attribute("", name, value);
    file_.close();
  }

 private:
  void add_seeds(const std::string& prefix) {
    std::vector<std::int64_t> seeds;
    for (const SeedFile& run : runs_) seeds.push_back(run.seed);
    add_coordinate(prefix + "seed", seeds);
    describe_variable(file_, prefix + "seed", "1", "seed of the run");
  }

  void add_coordinate(const std::string& name, const Array& values) {
    file_.create_coordinate(name, element_type(values), element_count(values));
    file_.write(name, 0, values);
    if (first_.contains(name)) copy_attributes(name);
  }

  void create_variable(const std::string& name) {
    const DatasetInfo info = first_.info(name);
    Names dimensions = {"seed"};
    dimensions.insert(dimensions.end(), info.dimensions.begin(), info.dimensions.end());
    const ElementType type = type_of(info);
    file_.create_variable(name, type, dimensions);
    copy_attributes(name);
    if (type == ElementType::int8) file_.set_attribute(name, "missing_value", std::int64_t{missing_int8});
    if (type == ElementType::int64) file_.set_attribute(name, "missing_value", missing_int64);
  }

  void copy_attributes(const std::string& name) {
    const Attributes attributes = first_.attributes(name);
    for (const char* copied : {"units", "long_name"}) {
      if (const auto found = attributes.find(copied); found != attributes.end())
        file_.set_attribute(name, copied, found->second);
    }
  }

  void copy_variable(const Hdf5Reader& run, const std::string& name, std::size_t seed) {
    const DatasetInfo mine = run.info(name), info = first_.info(name);
    std::vector<std::size_t> shape = mine.shape;
    if (is_recorded(info) && !shape.empty()) shape[0] = info.shape[0];   // steps may differ
    if (mine.dimensions != info.dimensions || shape != info.shape) {
      throw FileError(run.file(), name, "another shape than in " + first_.file().string(),
                      "runs that differ in their seed only");
    }
    const Array values = values_of(run, name, type_of(info));
    file_.write(name, seed, is_recorded(info) ? spread(name, values, seed) : values);
  }

  // A run that recorded nothing has no rows to tell the width of one by.
  Array spread(const std::string& name, const Array& values, std::size_t seed) const {
    if (!own_steps_[seed].empty()) return on_union(values, own_steps_[seed], steps_);
    std::size_t count = steps_.size();
    const std::vector<std::size_t> shape = first_.info(name).shape;
    for (std::size_t axis = 1; axis < shape.size(); ++axis) count *= shape[axis];
    return std::visit([&](const auto& of_type) -> Array {
      using T = typename std::decay_t<decltype(of_type)>::value_type;
      return std::vector<T>(count, missing<T>());
    }, values);
  }

  void add_outcome(const std::string& name, const Array& values, const std::string& units,
                   const std::string& description) {
    file_.create_variable(name, element_type(values), {"seed"});
    file_.write(name, 0, values);
    describe_variable(file_, name, units, description);
  }

  Hdf5Writer file_;
  std::span<const SeedFile> runs_;
  Hdf5Reader first_;
  std::vector<std::vector<std::int64_t>> own_steps_;
  std::vector<std::int64_t> steps_;
};

}  // namespace

void join_seeds(const std::filesystem::path& target, std::span<const SeedFile> runs,
                const Attributes& root_attributes) {
  PartFile part(target, is_hdf5);
  try {
    Joint joint(part.part(), runs);
    joint.add_group("");
    joint.add_outcomes();
    for (const std::string& group : joint.groups()) joint.add_group(group);
    joint.close(root_attributes);
  } catch (...) {
    part.discard();
    throw;
  }
  part.commit();
}

}  // namespace lemmata::analysis
