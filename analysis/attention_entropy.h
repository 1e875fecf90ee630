#pragma once
#include "analysis/types.h"

namespace lemmata::analysis {

/// Entropy of one attention distribution, -sum_l p_l ln p_l in nats, p = weights / their sum; in [0, ln n].
/// NaN unless all weights are finite, none is negative and some is positive.
/// Checked by: tests/analysis/attention_entropy_test.cpp.
double attention_entropy(const Eigen::Ref<const Vector>& weights);

/// Entropy of softmax(logits), for logits of any size: ln sum_l e^(x_l - max) - sum_l p_l (x_l - max). -infinity stands
/// for a weight of 0. NaN if a logit is NaN, +infinity, or none is finite.
double attention_entropy_of_logits(const Eigen::Ref<const Vector>& logits);

}  // namespace lemmata::analysis
