#include "scenarios/measure/leaf_counts.h"

#include "theory/leaf_cooccurrence.h"

namespace lemmata::scenarios {

void fields_of(LeafCounts& counts, Fields& fields) {
  fields.number("samples", counts.samples, "trees drawn");
  fields.number("condition", counts.condition, "of them with leaf 0 equal to 1");
  fields.series("both", "levels_from_1", counts.both,
                "of these with the first leaf equal to 1 that meets it H levels up");
}

void add_samples(const sim::LatentTree& tree, std::uint64_t seed, long first, long count, LeafCounts& counts) {
  const long depth = tree.config().depth;
  counts.both.resize(static_cast<std::size_t>(depth));
  std::vector<std::uint8_t> values(static_cast<std::size_t>(tree.nodes()));
  for (long i = first; i < first + count; ++i) {
    sim::Philox generator(seed, sim::Purpose::data, static_cast<std::uint64_t>(i));
    tree.sample(generator, values);
    ++counts.samples;
    if (values[static_cast<std::size_t>(tree.leaf(0))] == 0) continue;
    ++counts.condition;
    for (long levels = 1; levels <= depth; ++levels)
      counts.both[static_cast<std::size_t>(levels - 1)] += values[static_cast<std::size_t>(tree.leaf_at(levels))];
  }
}

LeafCounts pooled(const std::vector<LeafCounts>& counts) {
  LeafCounts sum;
  for (const LeafCounts& some : counts) {
    sum.samples += some.samples;
    sum.condition += some.condition;
    sum.both.resize(some.both.size());
    for (std::size_t i = 0; i < some.both.size(); ++i) sum.both[i] += some.both[i];
  }
  return sum;
}

Vector sampled_cooccurrence(const LeafCounts& counts) {
  Vector share(static_cast<Index>(counts.both.size()));
  for (Index i = 0; i < share.size(); ++i)
    share[i] = static_cast<double>(counts.both[static_cast<std::size_t>(i)]) / static_cast<double>(counts.condition);
  return share;
}

Vector exact_cooccurrence(const sim::LatentTree& tree) {
  Vector exact(tree.config().depth);
  for (Index i = 0; i < exact.size(); ++i) exact[i] = tree.one_given_one(tree.leaf_at(i + 1), tree.leaf(0));
  return exact;
}

Vector predicted_cooccurrence(const sim::LatentTreeConfig& config, RootMean mean) {
  const auto labels = static_cast<Index>(config.root_probability.size());
  const Vector law = Eigen::Map<const Vector>(config.root_probability.data(), labels);
  const Vector zero = Eigen::Map<const Vector>(config.zero_given_root.data(), labels);
  const double rho_0 = mean == RootMean::literal ? theory::literal_root_mean(law, zero) : theory::root_mean(law, zero);
  const double q_2 = theory::root_second_moment(law, zero);
  Vector predicted(config.depth);
  for (Index i = 0; i < predicted.size(); ++i)
    predicted[i] = theory::leaf_cooccurrence(config.depth, i + 1, config.rho, rho_0, q_2);
  return predicted;
}

Vector standard_errors(const Vector& probability, const LeafCounts& counts) {
  return (probability.array() * (1 - probability.array()) / static_cast<double>(counts.condition)).sqrt().matrix();
}

}  // namespace lemmata::scenarios
