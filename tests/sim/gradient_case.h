#pragma once
#include <complex>
#include <functional>
#include <string>
#include <vector>

#include "sim/data/law.h"
#include "sim/model/problem.h"
#include "tests/oracle/naive_model.h"

namespace lemmata::oracle {

/// The settings of one small model of every kind: which of them to build, with which loss.
struct GradientCase {
  sim::ModelConfig model;
  std::string loss;
  std::string name() const {
    const sim::ModelConfig& m = model;
    return m.kind + "/" + m.expert.form + "/" + m.expert.activation + "/" + loss + "/" + m.gate.routing + "/" +
           m.gate.combine + "/" + m.gate.input + "/" + m.attention + "/J=" + std::to_string(m.expert.neurons);
  }
};

/// Calls `visit` for every valid combination of a kind: form x activation x loss x routing x combine x attention x
/// J in {1, 4}; what a kind fixes or does not have is not varied. @return how many there were.
int for_every_case(const std::string& kind, const std::vector<std::string>& gate_inputs,
                   const std::function<void(const GradientCase&)>& visit);

/// A point away from every kink: noisy data of unequal weights, parameters of every block, a routing of the model's
/// gate.
struct GradientPoint {
  sim::Architecture architecture;
  sim::Dataset data;
  sim::Parameters parameters;
  sim::Routing routing;
};

/// d = 7, L = 4, N = 3, K = 10, M = 3, H = 2. The first of the seeds 0, 1, ... whose relus and hinges all lie at least
/// `kink_distance` away from their kinks.
GradientPoint gradient_point(const GradientCase& one, double kink_distance);

/// A unit direction in one block of `parameters`. @return the shape of the block.
Matrix unit_direction(const Matrix& block, std::uint64_t index);

/// The blocks that the model has.
std::vector<std::string> blocks_of(const sim::Architecture& architecture);

/// The exact derivative of the function whose gradient the simulator claims in `block` (the training loss; for the gate
/// its own objective) along `direction`, by the complex step of the naive model.
double naive_derivative(const GradientCase& one, const GradientPoint& point, const std::string& block,
                        const Matrix& direction);

}  // namespace lemmata::oracle
