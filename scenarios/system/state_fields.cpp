#include "scenarios/system/state_fields.h"

#include <cmath>

namespace lemmata::scenarios {
namespace {

class Writer final : public StateFields {
 public:
  void matrix(const std::string& name, Matrix& values) override {
    if (values.size() == 0) return;
    const std::string rows = name + "_row", columns = name + "_column";
    data.dimensions[rows] = static_cast<std::size_t>(values.rows());
    data.dimensions[columns] = static_cast<std::size_t>(values.cols());
    // memory holds columns
    data.variables.push_back(
        {name, {columns, rows}, std::vector<double>(values.data(), values.data() + values.size()), "1", "", {}});
  }
  void count(const std::string& name, long& value) override {
    data.dimensions[name + "_row"] = 1;
    data.variables.push_back({name, {name + "_row"}, std::vector<std::int64_t>{value}, "1", "", {}});
  }
  void optional(const std::string& name, Matrix& values, Index, Index) override { matrix(name, values); }

  analysis::Dataset data;
};

class Reader final : public StateFields {
 public:
  explicit Reader(const analysis::Dataset& from) : from_(from) {}

  void matrix(const std::string& name, Matrix& values) override {
    if (values.size() == 0) return;
    const auto* found = std::get_if<std::vector<double>>(&variable(name).values);
    if (found == nullptr) throw StateFault(name, "integers", "floats");
    if (size_of(name + "_row") != values.rows() || size_of(name + "_column") != values.cols())
      throw StateFault(name, "another shape", std::to_string(values.rows()) + " x " + std::to_string(values.cols()));
    values = Eigen::Map<const Matrix>(found->data(), values.rows(), values.cols());
  }
  void count(const std::string& name, long& value) override {
    const auto* found = std::get_if<std::vector<std::int64_t>>(&variable(name).values);
    if (found == nullptr || found->size() != 1 || std::abs((*found)[0]) > (std::int64_t{1} << 53))
      throw StateFault(name, "something else", "one whole number");
    value = (*found)[0];
  }
  void optional(const std::string& name, Matrix& values, Index rows, Index columns) override {
    const bool is_there = analysis::find_variable(from_, name) != nullptr;
    values.setZero(is_there ? rows : 0, is_there ? columns : 0);
    matrix(name, values);
  }

 private:
  const analysis::Variable& variable(const std::string& name) const {
    const analysis::Variable* found = analysis::find_variable(from_, name);
    if (found == nullptr) throw StateFault(name, "nothing", "the state of this scenario");
    return *found;
  }
  Index size_of(const std::string& dimension) const {
    const auto found = from_.dimensions.find(dimension);
    return found == from_.dimensions.end() ? 0 : static_cast<Index>(found->second);
  }
  const analysis::Dataset& from_;
};

}  // namespace

void StateFields::number(const std::string& name, double& value) {
  Matrix one = Matrix::Constant(1, 1, value);
  matrix(name, one);
  value = one(0, 0);
}

void StateFields::vector(const std::string& name, Vector& values) {
  Matrix column = values;
  matrix(name, column);
  values = column;
}

void StateFields::counts(const std::string& name, std::vector<long>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) count(name + "_" + std::to_string(i), values[i]);
}

void StateFields::blocks(sim::BlockState& state) {
  for (auto& [name, block] : state.parameters) {
    matrix("parameters_" + name, block);
    memory(name, state.memory[name], block.rows(), block.cols());
  }
}

void StateFields::memory(const std::string& block, sim::OptimizerMemory& memory, Index rows, Index columns) {
  count("updates_" + block, memory.updates);
  if (memory.updates < 0) throw StateFault("updates_" + block, "a negative number", "one >= 0");
  optional("first_" + block, memory.first, rows, columns);
  optional("second_" + block, memory.second, rows, columns);
}

void reached_fields(const std::string& name, analysis::StepsToEps& reached, StateFields& fields) {
  Matrix levels(static_cast<Index>(reached.levels().size()), 2);
  for (Index k = 0; k < levels.rows(); ++k) {
    levels(k, 0) = static_cast<double>(reached.steps()[static_cast<std::size_t>(k)]);
    levels(k, 1) = reached.values()[static_cast<std::size_t>(k)];
  }
  fields.matrix(name, levels);
  analysis::StepsToEps observed;  // each level by the value that reached it
  double last = -1;
  for (Index k = 0; k < levels.rows() && levels(k, 0) != -1; ++k) {
    const double step = levels(k, 0);
    if (!(step >= last && step >= 0 && step < 9e15) || step != std::floor(step))
      throw StateFault(name, "another number", "steps that do not decrease");
    observed.observe(static_cast<long>(last = step), levels(k, 1));
  }
  reached = observed;
}

analysis::Dataset stored_state(const StateVisit& state) {
  Writer writer;
  state(writer);
  return writer.data;
}

void restore_state(const analysis::Dataset& stored, const StateVisit& state) {
  Reader reader(stored);
  state(reader);
}

}  // namespace lemmata::scenarios
