#include "sim/model/hessian.h"

#include <vector>

#include "sim/error.h"

namespace lemmata::sim {
namespace {

// One unit on one sample with its tangents: everything the backward tangent needs.
struct UnitPass {
  Matrix token_value, token_value_tangent, attention, attention_tangent;
};

class Product {
 public:
  Product(const Problem& problem, const Parameters& parameters, const Routing& routing, const Parameters& direction,
          Parameters& product)
      : architecture_(problem.architecture()),
        problem_(problem),
        parameters_(parameters),
        routing_(routing),
        direction_(direction),
        product_(product) {}

  void add_sample(Index expert, Index k) {
    const auto tokens = problem_.data().tokens.middleCols(k * length(), length());
    passes_.resize(static_cast<std::size_t>(architecture_.heads));
    double value = 0, value_tangent = 0;
    for (Index head = 0; head < architecture_.heads; ++head)
      forward(expert * architecture_.heads + head, tokens, value, value_tangent);
    const double scale = output_scale(architecture_, routing_, expert, k), y = problem_.data().label(k);
    const double mass = problem_.data().weight(k) * routing_.weight(expert, k), margin = y * scale * value;
    // df = mass l'(z) y c  and its tangent  mass l''(z) c^2 f'  (y^2 = 1)
    const double d_value = mass * problem_.loss().slope(margin) * y * scale;
    const double d_value_tangent = mass * problem_.loss().curvature(margin) * scale * scale * value_tangent;
    for (Index head = 0; head < architecture_.heads; ++head) {
      backward(expert * architecture_.heads + head, tokens, d_value, d_value_tangent);
    }
  }

 private:
  Index length() const { return problem_.data().tokens_per_sample; }
  Index features() const { return problem_.data().features(); }
  UnitPass& pass(Index unit) { return passes_[static_cast<std::size_t>(unit % architecture_.heads)]; }
  auto ffn(const Parameters& p, Index unit) const {
    return p.ffn.middleCols(unit * architecture_.neurons, architecture_.neurons);
  }
  auto query(const Parameters& p, Index unit) const {
    return p.attention.middleCols(architecture_.attention_of(unit) * features(), features());
  }

  // V' = W'^T X;  S' = X^T Q' X;  A' by the attention's own tangent;  f' by the form's.
  void forward(Index unit, const ConstBlock& tokens, double& value, double& value_tangent) {
    UnitPass& p = pass(unit);
    p.token_value.noalias() = ffn(parameters_, unit).transpose() * tokens;
    p.token_value_tangent.noalias() = ffn(direction_, unit).transpose() * tokens;
    p.attention.setZero(length(), length());
    p.attention_tangent.setZero(length(), length());
    if (architecture_.attention->uses_scores()) {
      p.attention.noalias() = tokens.transpose() * (query(parameters_, unit) * tokens);
      p.attention_tangent.noalias() = tokens.transpose() * (query(direction_, unit) * tokens);
    }
    architecture_.attention->weights(p.attention);
    architecture_.attention->weights_tangent(p.attention, p.attention_tangent);
    const FormInput input{p.token_value, p.attention, parameters_.output.col(unit), *architecture_.activation};
    value += architecture_.form->value(input);
    value_tangent += architecture_.form->value_tangent(input, {p.token_value_tangent, p.attention_tangent});
  }

  void backward(Index unit, const ConstBlock& tokens, double d_value, double d_value_tangent) {
    UnitPass& p = pass(unit);
    const FormInput input{p.token_value, p.attention, parameters_.output.col(unit), *architecture_.activation};
    Matrix d_values(p.token_value.rows(), length()), d_weights(length(), length());
    Matrix d_values_tangent(p.token_value.rows(), length()), d_weights_tangent(length(), length());
    Vector unused(architecture_.neurons);
    architecture_.form->backward(input, d_value, {d_values, d_weights, unused});
    architecture_.form->backward_tangent(input, {p.token_value_tangent, p.attention_tangent}, d_value, d_value_tangent,
                                         {d_values_tangent, d_weights_tangent, unused});
    product_.ffn.middleCols(unit * architecture_.neurons, architecture_.neurons).noalias() +=
        tokens * d_values_tangent.transpose();
    if (!architecture_.attention->uses_scores()) return;
    architecture_.attention->backward_tangent(p.attention, p.attention_tangent, d_weights, d_weights_tangent);
    product_.attention.middleCols(architecture_.attention_of(unit) * features(), features()).noalias() +=
        tokens * d_weights_tangent * tokens.transpose();
  }

  const Architecture& architecture_;
  const Problem& problem_;
  const Parameters& parameters_;
  const Routing& routing_;
  const Parameters& direction_;
  Parameters& product_;
  std::vector<UnitPass> passes_;
};

void check_size(Index numbers, const char* block) {
  if (numbers > largest_hessian) {
    throw ConfigError(std::string("a Hessian of block ") + block, numbers,
                      "at most " + std::to_string(largest_hessian) + " numbers per expert");
  }
}

// Column by column from products with unit directions, then made exactly symmetric.
Matrix hessian_by_columns(const Problem& problem, const Parameters& parameters, const Routing& routing,
                          Matrix Parameters::*block, Index first, Index columns, Index expert) {
  Parameters direction = zero_parameters(problem.architecture(), problem.data().features());
  const Index rows = direction.ffn.rows(), size = rows * columns;
  Matrix hessian(size, size);
  for (Index i = 0; i < size; ++i) {
    double& entry = (direction.*block)(i % rows, first + i / rows);
    entry = 1;
    const Parameters product = hessian_vector_product(problem, parameters, routing, direction, expert);
    hessian.col(i) = (product.*block).middleCols(first, columns).reshaped();
    entry = 0;
  }
  return 0.5 * (hessian + hessian.transpose());
}

// f = <w, g_k>, g_k = df/dw constant around w (linear, or homogeneous of degree 1 like relu):
// H = sum_k weight q l''(z_k) c^2 g_k g_k^T.
Matrix piecewise_linear_ffn_hessian(const Problem& problem, const Parameters& parameters, const Routing& routing,
                                    Index unit) {
  const Architecture& architecture = problem.architecture();
  const Index expert = unit / architecture.heads;
  std::vector<Index> routed;  // the expert's own samples: the others have no part in it
  for (Index k = 0; k < problem.data().samples(); ++k) {
    if (problem.data().weight(k) * routing.weight(expert, k) != 0) routed.push_back(k);
  }
  const Matrix design = problem.ffn_design(parameters, unit, routed);
  Vector value = Vector::Zero(design.cols());
  for (Index head = 0; head < architecture.heads; ++head) {
    const Index other = expert * architecture.heads + head;
    const Vector w = parameters.ffn.middleCols(other * architecture.neurons, architecture.neurons).reshaped();
    value += (other == unit ? design : problem.ffn_design(parameters, other, routed)).transpose() * w;
  }
  Vector scale(value.size());
  for (Index i = 0; i < value.size(); ++i) {
    const Index k = routed[static_cast<std::size_t>(i)];
    const double c = output_scale(architecture, routing, expert, k),
                 mass = problem.data().weight(k) * routing.weight(expert, k);
    scale(i) = mass * problem.loss().curvature(problem.data().label(k) * c * value(i)) * c * c;
  }
  const Matrix hessian = design * scale.asDiagonal() * design.transpose();
  return 0.5 * (hessian + hessian.transpose());  // the product rounds its two halves differently
}

}  // namespace

Parameters hessian_vector_product(const Problem& problem, const Parameters& parameters, const Routing& routing,
                                  const Parameters& direction, Index expert) {
  Parameters product = zero_parameters(problem.architecture(), problem.data().features());
  Product pass(problem, parameters, routing, direction, product);
  const Index first = expert < 0 ? 0 : expert, last = expert < 0 ? problem.architecture().experts : expert + 1;
  for (Index i = first; i < last; ++i) {
    for (Index k = 0; k < problem.data().samples(); ++k) {
      if (routing.weight(i, k) != 0 && problem.data().weight(k) != 0) pass.add_sample(i, k);
    }
  }
  return product;
}

Matrix ffn_hessian(const Problem& problem, const Parameters& parameters, const Routing& routing, Index unit) {
  const Architecture& architecture = problem.architecture();
  check_size(problem.data().features() * architecture.neurons, "ffn");
  if (architecture.piecewise_linear_in_ffn) return piecewise_linear_ffn_hessian(problem, parameters, routing, unit);
  return hessian_by_columns(problem, parameters, routing, &Parameters::ffn, unit * architecture.neurons,
                            architecture.neurons, unit / architecture.heads);
}

Matrix attention_hessian(const Problem& problem, const Parameters& parameters, const Routing& routing,
                         Index attention) {
  const Architecture& architecture = problem.architecture();
  const Index features = problem.data().features();
  check_size(features * features, "attention");
  return hessian_by_columns(problem, parameters, routing, &Parameters::attention, attention * features, features,
                            architecture.shared_attention ? -1 : attention / architecture.heads);
}

}  // namespace lemmata::sim
