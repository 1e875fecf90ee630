#pragma once
#include <span>
#include <string>

namespace lemmata::sim {

/// An activation phi with its first two derivatives.
class Activation {
 public:
  virtual ~Activation() = default;
  virtual double value(double z) const = 0;      ///< phi(z)
  virtual double slope(double z) const = 0;      ///< phi'(z)
  virtual double curvature(double z) const = 0;  ///< phi''(z)
};

/// Declarations are verified for every entry by tests/sim/activation_test.cpp.
struct ActivationEntry {
  std::string name, description, source;
  const Activation* activation;
  double kink;      ///< the point where phi' jumps, NaN if it is smooth
  double homogeneous_degree;  ///< k with phi(c z) = c^k phi(z) for every c > 0, 0 if there is none
};

std::span<const ActivationEntry> activations();

/// @throws ConfigError("model.expert.activation", ...) on an unknown name.
const ActivationEntry& activation_named(const std::string& name);

}  // namespace lemmata::sim
