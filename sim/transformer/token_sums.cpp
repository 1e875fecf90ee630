#include "sim/transformer/token_sums.h"

#include <algorithm>
#include <functional>

namespace lemmata::sim {
namespace {

// A piece with its panels fits the L2 cache, and is large enough that packing is a few per cent of its work.
constexpr Index most_rows = 256, most_columns = 256, most_tokens = 304;

}  // namespace

TokenSums::TokenSums(ThreadTeam& team) : team_(team), scratch_(static_cast<std::size_t>(team.threads())) {}

void TokenSums::add_outer(const TokenFeatures& left, const TokenFeatures& right, double* to) {
  for (Index column = 0; column < right.features(); column += most_columns) {
    for (Index row = 0; row < left.features(); row += most_rows) {
      tasks_.push_back({&left, &right, row, std::min(most_rows, left.features() - row), column,
                        std::min(most_columns, right.features() - column), to});
    }
  }
}

void TokenSums::outer(const Task& task, Index tokens, Scratch& scratch) {
  const Index rows = task.left->features();
  for (Index token = 0; token < tokens; token += most_tokens) {
    const Index depth = std::min(most_tokens, tokens - token);
    pack(task.left->column(token) + task.first_row, task.left->stride(), task.rows, depth, scratch.left);
    pack(task.right->column(token) + task.first_column, task.right->stride(), task.columns, depth, scratch.right);
    outer_product(scratch.left, scratch.right, task.to + task.first_column * rows + task.first_row, rows, token > 0);
  }
}

void TokenSums::sum(const Task& task, Index tokens) {
  const Index features = task.left->features();
  Eigen::Map<Eigen::ArrayXd> to(task.to, features);
  to.setZero();
  for (Index token = 0; token < tokens; ++token) {
    Eigen::Map<const Eigen::ArrayXd> values(task.left->column(token), features);
    if (task.right == nullptr)
      to += values;
    else
      to += values * Eigen::Map<const Eigen::ArrayXd>(task.right->column(token), features);
  }
}

void TokenSums::run(Index tokens) {
  const auto task = [&](long number, int thread) {
    const Task& one = tasks_[static_cast<std::size_t>(number)];
    if (one.columns > 0)
      outer(one, tokens, scratch_[static_cast<std::size_t>(thread)]);
    else
      sum(one, tokens);
  };
  team_.run(static_cast<long>(tasks_.size()), std::ref(task));
}

}  // namespace lemmata::sim
