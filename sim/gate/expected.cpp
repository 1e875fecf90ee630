#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/gate/gate.h"
#include "sim/numerics/gauss_legendre.h"

namespace lemmata::sim {
namespace {

// q_i = P(i = argmax_j (h_j + r_j)) = int f_i(x) prod_{j != i} F_j(x) dx,  x = h_i + r_i,
// with F_j(x) = clip((x - h_j)/nu, 0, 1), f_i = 1/nu on [h_i, h_i + nu].
// The integrand vanishes below the largest logit and is a polynomial between the sorted ends h_j + nu, where the
// experts with h_j + nu <= x have F = 1 and f = 0. So the experts still alive on an interval are a prefix of the order
// by falling logit, and Gauss-Legendre with ceil(alive/2) nodes is exact. One pass over the nodes serves every expert.
class Expected final : public Gate {
 public:
  void route(const Matrix& logits, const GateContext& context, Matrix& routing) const override {
    routing.setZero(logits.rows(), logits.cols());
    std::vector<Index> order(static_cast<std::size_t>(logits.rows()));
    std::vector<double> top(order.size()), cdf(order.size());
    for (Index sample = 0; sample < logits.cols(); ++sample) {
      std::iota(order.begin(), order.end(), Index{0});
      std::sort(order.begin(), order.end(), [&](Index a, Index b) {
        return logits(a, sample) != logits(b, sample) ? logits(a, sample) > logits(b, sample) : a < b;
      });
      route_one(logits.col(sample), order, context.noise, top, cdf, routing.col(sample));
    }
  }

 private:
  // Works in u = (x - h_max)/nu in [0, 1]; lag_j = (h_max - h_j)/nu >= 0, so F_j = u + lag_j while u < 1 - lag_j.
  static void route_one(const Eigen::Ref<const Vector>& logits, const std::vector<Index>& order, double noise,
                        std::vector<double>& lag, std::vector<double>& cdf, const Eigen::Ref<Vector>& routing) {
    const double highest = logits(order[0]);
    std::size_t reachable = 0;  // experts with lag < 1; the others have q = 0
    for (; reachable < order.size(); ++reachable) {
      lag[reachable] = (highest - logits(order[reachable])) / noise;
      if (!(lag[reachable] < 1)) break;
    }
    double low = 0;
    for (std::size_t alive = reachable; alive > 0; --alive) {
      const double high = 1 - lag[alive - 1];
      if (high > low) integrate(order, alive, low, high, lag, cdf, routing);
      low = std::max(low, high);
    }
  }

  static void integrate(const std::vector<Index>& order, std::size_t alive, double low, double high,
                        const std::vector<double>& lag, std::vector<double>& cdf, Eigen::Ref<Vector> routing) {
    const GaussLegendre& rule = gauss_legendre(static_cast<int>((alive + 1) / 2));
    for (std::size_t node = 0; node < rule.node.size(); ++node) {
      const double u = 0.5 * (low + high) + 0.5 * (high - low) * rule.node[node];
      double product = 0.5 * (high - low) * rule.weight[node];
      for (std::size_t j = 0; j < alive; ++j) {
        cdf[j] = u + lag[j];
        product *= cdf[j];
      }
      // prod_{j != i} F_j = product / F_i: every F_j > 0 inside the interval, so the quotient keeps relative accuracy.
      for (std::size_t i = 0; i < alive; ++i) routing(order[i]) += product / cdf[i];
    }
  }
};

}  // namespace

GateEntry expected_gate() {
  static const Expected gate;
  return {"expected",
          "exact probabilities of the top-1 draw, a constant in every gradient",
          "mot.md section 2",
          &gate,
          true,
          true,
          true,
          false};
}

}  // namespace lemmata::sim
