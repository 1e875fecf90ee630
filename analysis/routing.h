#pragma once
#include <span>
#include <vector>

#include "analysis/types.h"

// Who serves whom. `routing` is always (class, expert): the mean routing weight of class n to expert i, rows summing to
// 1
// (`routing`: expected or drawn; `routing_argmax`: noise-free). `specialization` is (expert, class): <w_i, v_n>.
// Entropies are in nats. Shapes that disagree throw std::invalid_argument; NaN in a table gives NaN out, but a class of
// share 0 has no routing: its row may hold NaN, and its purity then is NaN. Checked by:
// tests/analysis/routing_test.cpp.
namespace lemmata::analysis {

/// The class every expert is best at: argmax_n <w_i, v_n>, the lowest index at a tie, -1 for a row that holds NaN.
/// The winner set of class n is M_n = {i : winning_class[i] == n}.
std::vector<Index> winning_class(const Matrix& specialization);

/// The winner sets M_n = {i : argmax_k <w_i, v_k> = n}, one ascending list of experts per class.
std::vector<std::vector<Index>> winner_sets(const Matrix& specialization);

/// Per expert: <w_i, v_n> - max_{k != n} <w_i, v_k> with n its winning class; >= 0. Infinite with one class.
Vector winning_margin(const Matrix& specialization);

/// (expert, class): <w_i, v_n> / max_{k != n} |<w_i, v_k>|, the number that claim M1 compares with 2. Where every other
/// entry is zero it is +infinity, -infinity or (0/0) 0 by the sign of <w_i, v_n>.
Matrix specialization_ratio(const Matrix& specialization);

/// Per class: share of its mass that is sent into its own winner set, sum_{i in M_n} routing(n, i).
/// `purity` from `routing_argmax`, `purity_noisy` from `routing`.
Vector purity(const Matrix& routing, const Matrix& specialization);

/// Per expert: the number of classes that send it more than `least_share` (0 <= least_share < 1) of their mass.
std::vector<Index> classes_per_expert(const Matrix& routing, double least_share);

/// Per expert: the share of all samples it is sent, sum_n class_share_n routing(n, i). Sums to 1.
/// @param class_share  (class), non-negative, frequency of every class; sums to 1.
Vector expert_load(const Matrix& routing, const Vector& class_share);

/// Standard deviation over experts (population, divisor M) divided by the mean: 0 = even load, sqrt(M-1) = one takes
/// all.
double load_variation(const Vector& load);

/// Mean over rows of the entropy of a row, sum_n weight_n * (-sum_i r_ni ln r_ni) / sum_n weight_n, in [0, ln M].
/// @param routing  (row, expert): rows are classes (weight = class_share) or samples (weight = 1 each).
double routing_entropy(const Matrix& routing, const Vector& weight);

/// sum_m (n_m / n) H(class | expert m): 0 = every expert serves one class, H(class) = experts are blind to classes.
/// Source: Chen, Deng, Wu, Gu, Li 2022 (arXiv 2208.02813), dispatch entropy; natural logarithm as in their numbers.
double dispatch_entropy(const Matrix& routing, const Vector& class_share);

/// Share of samples whose expert changed between two assignments (expert index per sample). Empty ones: NaN.
double fluctuation(std::span<const Index> before, std::span<const Index> after);

}  // namespace lemmata::analysis
