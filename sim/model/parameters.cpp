#include "sim/model/parameters.h"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "sim/random.h"

namespace lemmata::sim {

const Matrix& Parameters::block(const std::string& name) const {
  if (name == "ffn") return ffn;
  if (name == "attention") return attention;
  if (name == "gate") return gate;
  if (name == "output") return output;
  throw std::invalid_argument("no block is called " + name);
}

Matrix& Parameters::block(const std::string& name) { return const_cast<Matrix&>(std::as_const(*this).block(name)); }

void Parameters::set_zero() {
  for (const char* name : block_names) block(name).setZero();
}

Parameters zero_parameters(const Architecture& architecture, Index features) {
  Parameters zero;
  zero.ffn = Matrix::Zero(features, architecture.units() * architecture.neurons);
  zero.attention = Matrix::Zero(features, architecture.attentions() * features);
  zero.gate = Matrix::Zero(features, architecture.gated ? architecture.experts : 0);
  zero.output = Matrix::Zero(architecture.neurons, architecture.units());
  return zero;
}

Parameters initial_parameters(const Architecture& architecture, const InitConfig& init, Index features,
                              std::uint64_t seed) {
  Parameters parameters = zero_parameters(architecture, features);
  parameters.output = architecture.output_weight;
  const Index ffn_columns = architecture.neurons;
  const bool uniform = init.ffn_law == "uniform";
  for (Index unit = 0; unit < architecture.units(); ++unit) {
    Philox random(seed, Purpose::init, 2 * static_cast<std::uint64_t>(unit));
    for (double& w : parameters.ffn.middleCols(unit * ffn_columns, ffn_columns).reshaped())
      w = init.ffn_std * (uniform ? std::sqrt(3.0) * (2 * random.uniform() - 1) : random.normal());
  }
  for (Index a = 0; a < architecture.attentions(); ++a) {
    Philox random(seed, Purpose::init, 2 * static_cast<std::uint64_t>(a) + 1);
    for (double& q : parameters.attention.middleCols(a * features, features).reshaped())
      q = init.attention_std * random.normal();
  }
  return parameters;
}

Index slice_count(const Architecture& architecture, const std::string& block) {
  if (block == "gate") return architecture.gated ? architecture.experts : 0;
  return block == "attention" ? architecture.attentions() : architecture.units();
}

}  // namespace lemmata::sim
