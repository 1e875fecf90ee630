#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "sim/model/architecture.h"
#include "sim/types.h"

namespace lemmata::sim {

/// The trainable blocks. `output` are the neurons' output weights (fixed signs unless a stage trains them).
inline constexpr std::array<const char*, 4> block_names = {"ffn", "attention", "gate", "output"};

/// All parameters of a model as a plain value; also the type of their gradient. Columns of one expert are adjacent, so
/// the slice of an expert in any block is contiguous.
struct Parameters {
  Matrix ffn;        ///< (feature, unit * neuron): column i J + n is w_{i,n}
  Matrix attention;  ///< (key_feature, attention * query_feature): columns [a d, (a+1) d) are Q_a
  Matrix gate;       ///< (feature, expert), empty without a gate
  Matrix output;     ///< (neuron, unit)

  Matrix& block(const std::string& name);  ///< @throws std::invalid_argument on an unknown name
  const Matrix& block(const std::string& name) const;
  void set_zero();
};

/// Zero parameters (output included) of the right shapes.
Parameters zero_parameters(const Architecture& architecture, Index features);

/// w ~ N(0, ffn_std^2 I), or uniform on +-sqrt(3) ffn_std (init.ffn_law), Q ~ N(0, attention_std^2 I), gate 0, output
/// weights as the architecture says. Expert i has the same values whatever the number of experts: one stream per unit.
Parameters initial_parameters(const Architecture& architecture, const InitConfig& init, Index features,
                              std::uint64_t seed);

/// Number of per-expert slices of a block: units for ffn and output, attentions for attention, experts for gate.
Index slice_count(const Architecture& architecture, const std::string& block);

}  // namespace lemmata::sim
