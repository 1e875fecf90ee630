#pragma once
#include <vector>

#include "sim/numerics/panel_products.h"
#include "sim/parallel.h"
#include "sim/transformer/token_features.h"

namespace lemmata::sim {

/// Gradients of parameters are sums over the tokens of a batch. They are collected first and then run as tasks that
/// each own a piece of one result, so that every sum has one order for any number of threads.
class TokenSums {
 public:
  explicit TokenSums(ThreadTeam& team);

  void clear() { tasks_.clear(); }

  /// to(i, j) = sum_t left(i, t) right(j, t).  @param to  (left features, right features), columns adjacent.
  void add_outer(const TokenFeatures& left, const TokenFeatures& right, double* to);

  /// to(i) = sum_t values(i, t), or sum_t values(i, t) times(i, t).
  void add_sum(const TokenFeatures& values, double* to) { tasks_.push_back({&values, nullptr, 0, 0, 0, 0, to}); }
  void add_sum(const TokenFeatures& values, const TokenFeatures& times, double* to) {
    tasks_.push_back({&values, &times, 0, 0, 0, 0, to});
  }

  /// All of them, over tokens 0..tokens-1.
  void run(Index tokens);

 private:
  struct Task {
    const TokenFeatures *left, *right;
    Index first_row, rows, first_column, columns;  // of an outer product; no columns: a sum
    double* to;
  };
  struct Scratch {
    LeftPanels left;
    RightPanels right;
  };
  static void outer(const Task& task, Index tokens, Scratch& scratch);
  static void sum(const Task& task, Index tokens);

  ThreadTeam& team_;
  std::vector<Task> tasks_;
  std::vector<Scratch> scratch_;  // per thread
};

}  // namespace lemmata::sim
