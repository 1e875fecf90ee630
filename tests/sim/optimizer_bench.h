#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/optimizer/optimizer.h"

namespace lemmata::sim {

/// A function of the stacked vector (vec ffn, vec attention) with exact derivatives, for tests of optimisers.
struct TestObjective {
  std::function<double(const Vector&)> value;
  std::function<Vector(const Vector&)> gradient;
  std::function<Matrix(const Vector&)> hessian;
};

/// 1/2 (p - centre)' H (p - centre).
inline TestObjective quadratic(const Matrix& hessian, const Vector& centre) {
  return {[=](const Vector& p) { return 0.5 * (p - centre).dot(hessian * (p - centre)); },
          [=](const Vector& p) { return Vector(hessian * (p - centre)); }, [=](const Vector&) { return hessian; }};
}

/// sum_i h(p_i) from h, h', h''.
inline TestObjective separable(double (*h)(double), double (*slope)(double), double (*curvature)(double)) {
  return {[=](const Vector& p) { return p.unaryExpr(h).sum(); },
          [=](const Vector& p) { return Vector(p.unaryExpr(slope)); },
          [=](const Vector& p) { return Matrix(p.unaryExpr(curvature).asDiagonal()); }};
}

inline TestObjective scaled(const TestObjective& f, double factor) {
  return {[=](const Vector& p) { return factor * f.value(p); },
          [=](const Vector& p) { return Vector(factor * f.gradient(p)); },
          [=](const Vector& p) { return Matrix(factor * f.hessian(p)); }};
}

/// Runs one optimiser on a test objective the way the trainer does: gradients at one point, then all updates. A copy of
/// the bench is a checkpoint: optimisers have no state of their own.
class OptimizerBench {
 public:
  OptimizerBench(const std::string& optimizer, TestObjective objective, const Matrix& ffn, Index ffn_slices,
                 const Matrix& attention = {}, Index attention_slices = 1)
      : optimizer_(optimizer_named(optimizer, "optimizer").optimizer), objective_(std::move(objective)) {
    parameters.ffn = ffn;
    parameters.attention = attention;
    slices_ = {{"ffn", ffn_slices}, {"attention", attention_slices}};
  }

  Parameters parameters;
  std::map<std::string, BlockTraining> settings{{"ffn", {}}, {"attention", {}}};
  std::map<std::string, OptimizerMemory> memory;
  std::function<double(double)> shown_objective = [](double value) { return value; };
  long hessian_calls = 0, gradient_calls = 0;

  OptimizerBench& rate(double learning_rate) {
    for (auto& [block, training] : settings) training.learning_rate = learning_rate;
    return *this;
  }
  OptimizerBench& steps(long count) {
    for (long step = 0; step < count; ++step) update();
    return *this;
  }
  double value() const { return objective_.value(stacked(parameters)); }

  Vector stacked(const Parameters& p) const {
    Vector all(p.ffn.size() + p.attention.size());
    all << p.ffn.reshaped(), p.attention.reshaped();
    return all;
  }

 private:
  Parameters gradient(const Parameters& p) const {
    const Vector all = objective_.gradient(stacked(p));
    Parameters result = p;
    result.ffn.reshaped() = all.head(p.ffn.size());
    result.attention.reshaped() = all.tail(p.attention.size());
    return result;
  }

  void update() {
    const Parameters before = parameters, gradient_before = gradient(before);
    StepContext context{shown_objective(value()), {}, {}};
    context.hessian = [&](const std::string& block, Index slice) {
      ++hessian_calls;
      const Index size = before.block(block).size() / slices_.at(block);
      const Index first = (block == "attention" ? before.ffn.size() : 0) + slice * size;
      return Matrix(objective_.hessian(stacked(before)).block(first, first, size, size));
    };
    std::vector<BlockUpdate> blocks;
    for (const auto& [block, slices] : slices_) {
      if (before.block(block).size() == 0) continue;
      blocks.push_back(
          {block, parameters.block(block), gradient_before.block(block), slices, settings.at(block), memory[block]});
    }
    context.gradient_at = [&](std::span<const Matrix> at, std::span<Matrix> result) {
      ++gradient_calls;
      Parameters point = before;
      for (std::size_t i = 0; i < at.size(); ++i) point.block(blocks[i].block) = at[i];
      const Parameters found = gradient(point);
      for (std::size_t i = 0; i < at.size(); ++i) result[i] = found.block(blocks[i].block);
    };
    optimizer_->update(blocks, context);
  }

  const Optimizer* optimizer_;
  TestObjective objective_;
  std::map<std::string, Index> slices_;
};

/// A symmetric positive definite matrix with the given eigenvalues: reflected by u = (1, 2, ..., n), so nothing is
/// drawn.
inline Matrix with_spectrum(const Vector& eigenvalues) {
  const Vector u = Vector::LinSpaced(eigenvalues.size(), 1, static_cast<double>(eigenvalues.size())).normalized();
  const Matrix reflection = Matrix::Identity(u.size(), u.size()) - 2 * u * u.transpose();
  return reflection * eigenvalues.asDiagonal() * reflection;
}

}  // namespace lemmata::sim
