#include "analysis/routing.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace lemmata::analysis {

namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw std::invalid_argument(message);
}

void require_size(const char* name, Index found, Index expected) {
  require(found == expected,
          std::string(name) + ": found " + std::to_string(found) + " entries, allowed: " + std::to_string(expected));
}

/// -x ln x, continued to 0 at 0.
double entropy_term(double x) { return x == 0 ? 0 : -x * std::log(x); }

/// Largest of |row| (absolute) or of row (signed) without entry `left_out`; -infinity if nothing is left.
double largest_other(const Eigen::Ref<const Vector>& row, Index left_out, bool absolute) {
  double largest = -infinity;
  for (Index k = 0; k < row.size(); ++k) {
    if (k != left_out) largest = std::fmax(largest, absolute ? std::abs(row[k]) : row[k]);
  }
  return largest;
}

}  // namespace

std::vector<Index> winning_class(const Matrix& specialization) {
  require(specialization.cols() > 0,
          "specialization: found no class, allowed: (expert, class) with at least one class");
  std::vector<Index> winner(static_cast<std::size_t>(specialization.rows()), 0);
  for (Index i = 0; i < specialization.rows(); ++i) {
    Index& best = winner[static_cast<std::size_t>(i)];
    for (Index n = 1; n < specialization.cols(); ++n) {
      if (specialization(i, n) > specialization(i, best)) best = n;
    }
    if (specialization.row(i).hasNaN()) best = -1;
  }
  return winner;
}

std::vector<std::vector<Index>> winner_sets(const Matrix& specialization) {
  std::vector<std::vector<Index>> sets(static_cast<std::size_t>(specialization.cols()));
  Index expert = 0;
  for (Index n : winning_class(specialization)) {
    if (n >= 0) sets[static_cast<std::size_t>(n)].push_back(expert);
    ++expert;
  }
  return sets;
}

Vector winning_margin(const Matrix& specialization) {
  const std::vector<Index> winner = winning_class(specialization);
  Vector margin(specialization.rows());
  for (Index i = 0; i < margin.size(); ++i) {
    const Index n = winner[static_cast<std::size_t>(i)];
    const Vector row = specialization.row(i);
    margin[i] = n < 0 ? nan : row[n] - largest_other(row, n, false);
  }
  return margin;
}

Matrix specialization_ratio(const Matrix& specialization) {
  Matrix ratio(specialization.rows(), specialization.cols());
  for (Index i = 0; i < ratio.rows(); ++i) {
    const Vector row = specialization.row(i);
    for (Index n = 0; n < ratio.cols(); ++n) {
      const double other = std::fmax(0, largest_other(row, n, true));
      ratio(i, n) = row.hasNaN() ? nan : row[n] == 0 ? 0 : row[n] / other;
    }
  }
  return ratio;
}

Vector purity(const Matrix& routing, const Matrix& specialization) {
  require_size("routing experts", routing.cols(), specialization.rows());
  require_size("routing classes", routing.rows(), specialization.cols());
  const std::vector<Index> winner = winning_class(specialization);
  Vector share = Vector::Zero(routing.rows());
  for (Index i = 0; i < routing.cols(); ++i) {
    const Index n = winner[static_cast<std::size_t>(i)];
    if (n < 0) return Vector::Constant(routing.rows(), nan);
    share[n] += routing(n, i);
  }
  for (Index n = 0; n < share.size(); ++n) {
    if (routing.row(n).hasNaN()) share[n] = nan;  // also where the class has no winner at all
  }
  return share;
}

std::vector<Index> classes_per_expert(const Matrix& routing, double least_share) {
  require(least_share >= 0 && least_share < 1,
          "least_share: found " + std::to_string(least_share) + ", allowed: [0, 1)");
  std::vector<Index> count;
  for (Index i = 0; i < routing.cols(); ++i) count.push_back((routing.col(i).array() > least_share).count());
  return count;
}

Vector expert_load(const Matrix& routing, const Vector& class_share) {
  require_size("class_share", class_share.size(), routing.rows());
  Vector load = Vector::Zero(routing.cols());
  for (Index n = 0; n < routing.rows(); ++n) {
    if (class_share[n] != 0) load += class_share[n] * routing.row(n).transpose();
  }
  return load;
}

double load_variation(const Vector& load) {
  const double mean = load.mean();
  return std::sqrt((load.array() - mean).square().mean()) / mean;
}

double routing_entropy(const Matrix& routing, const Vector& weight) {
  require_size("weight", weight.size(), routing.rows());
  double sum = 0;
  for (Index n = 0; n < routing.rows(); ++n) {
    if (weight[n] == 0) continue;
    for (Index i = 0; i < routing.cols(); ++i) sum += weight[n] * entropy_term(routing(n, i));
  }
  return sum / weight.sum();
}

double dispatch_entropy(const Matrix& routing, const Vector& class_share) {
  const Vector load = expert_load(routing, class_share);
  double sum = 0;
  for (Index i = 0; i < routing.cols(); ++i) {
    if (load[i] == 0) continue;
    for (Index n = 0; n < routing.rows(); ++n) {
      if (class_share[n] != 0) sum += load[i] * entropy_term(class_share[n] * routing(n, i) / load[i]);
    }
  }
  return sum;
}

double fluctuation(std::span<const Index> before, std::span<const Index> after) {
  require_size("assignment after", static_cast<Index>(after.size()), static_cast<Index>(before.size()));
  std::size_t changed = 0;
  for (std::size_t k = 0; k < before.size(); ++k) changed += before[k] != after[k] ? 1 : 0;
  return before.empty() ? nan : static_cast<double>(changed) / static_cast<double>(before.size());
}

}  // namespace lemmata::analysis
