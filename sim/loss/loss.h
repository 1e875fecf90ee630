#pragma once
#include <span>
#include <string>

namespace lemmata::sim {

/// A margin loss l(z), z = y F, with its first two derivatives. All three keep their relative accuracy in the tail of a
/// small loss (1e-300 for logistic and exponential; the squared kinds cancel in 1 - z and are good to about 1e-28).
class Loss {
 public:
  virtual ~Loss() = default;
  virtual double value(double margin) const = 0;      ///< l(z)
  virtual double slope(double margin) const = 0;      ///< l'(z)
  virtual double curvature(double margin) const = 0;  ///< l''(z)
};

/// One loss as it stands in the registry. Declarations are verified for every entry by tests/sim/loss_test.cpp.
struct LossEntry {
  std::string name, description, source;
  const Loss* loss;
  bool attains_minimum;  ///< l reaches its infimum at a finite margin
  bool strictly_convex;  ///< l'' > 0 everywhere
  double smoothness;     ///< sup |l''|, infinity if unbounded
  bool convex = true;    ///< l'' >= 0 everywhere
  double infimum = 0;    ///< inf l, the limit for large margins where it is not attained
};

/// Every loss, in the order of sim/loss/list.def.
std::span<const LossEntry> losses();

/// @throws ConfigError("loss.kind", ...) on an unknown name.
const LossEntry& loss_named(const std::string& name);

}  // namespace lemmata::sim
