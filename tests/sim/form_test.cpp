#include "sim/expert/form.h"

#include <doctest/doctest.h>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/close.h"
#include "tests/oracle/naive_model.h"

// Contract of every form with every activation it accepts, against the naive formula of mot.md section 2 in hyper-dual
// numbers.
using namespace lemmata;
using namespace lemmata::sim;
using oracle::HyperDual;
using oracle::Table;

namespace {

struct Point {
  Matrix token_value, attention;
  Vector output_weight;
};

Point point(std::uint64_t index, Index neurons = 3, Index tokens = 4) {
  Point p{Matrix(neurons, tokens), Matrix(tokens, tokens), Vector(neurons)};
  Philox random(2, Purpose::test, index);
  for (double& x : p.token_value.reshaped()) x = random.normal();
  for (double& x : p.attention.reshaped()) x = random.normal();  // columns need not sum to 1: linear attention
  for (double& x : p.output_weight) x = random.normal();
  return p;
}

oracle::NaiveModel naive_model(const std::string& form, const std::string& activation, double* kink = nullptr) {
  ModelConfig config;
  config.expert.form = form;
  config.expert.activation = activation;
  oracle::NaiveModel model(config, "squared");
  model.nearest_kink = kink;
  return model;
}

/// Calls check(form, activation) for every pair the registry allows; returns how many.
template <class Check>
int for_every_pair(Check check) {
  int pairs = 0;
  for (const FormEntry& form : forms()) {
    for (const ActivationEntry& activation : activations()) {
      if (!form.uses_activation && activation.name != "identity") continue;
      CAPTURE(form.name);
      CAPTURE(activation.name);
      check(form, activation);
      ++pairs;
    }
  }
  return pairs;
}

struct Gradient {
  Matrix d_token_value, d_attention;
  Vector d_output_weight;
  explicit Gradient(const Point& p)  // garbage first: every field must be overwritten
      : d_token_value(Matrix::Constant(p.token_value.rows(), p.token_value.cols(), 1e9)),
        d_attention(Matrix::Constant(p.attention.rows(), p.attention.cols(), 1e9)),
        d_output_weight(Vector::Constant(p.output_weight.size(), 1e9)) {}
  FormGradient views() { return {d_token_value, d_attention, d_output_weight}; }
};

/// d_value f at p with e1 along `direction` (times along_direction) and e2 along one entry.
struct NaiveForm {
  oracle::NaiveModel model;
  Table<HyperDual> value, weight;
  std::vector<HyperDual> output;
  NaiveForm(const oracle::NaiveModel& m, const Point& p, const Point& direction)
      : model(m), value(p.token_value), weight(p.attention) {
    for (const double a : p.output_weight) output.emplace_back(a);
    for (Index j = 0; j < value.cols; ++j)
      for (Index n = 0; n < value.rows; ++n) value(n, j).b = direction.token_value(n, j);
    for (Index l = 0; l < weight.cols; ++l)
      for (Index j = 0; j < weight.rows; ++j) weight(j, l).b = direction.attention(j, l);
  }
  HyperDual at() const { return oracle::naive_form(model, value, weight, output); }
  HyperDual moved(HyperDual& entry) const {
    entry.c = 1;
    const HyperDual f = at();
    entry.c = 0;
    return f;
  }
};

}  // namespace

TEST_CASE(
    "form: by hand, V = (1, -2), A = ((1, 2), (3, 4)), a = 2, cubic: pooled -682, token -106, averaged -332.75, linear "
    "-22") {
  const Matrix value = (Matrix(1, 2) << 1, -2).finished(), weight = (Matrix(2, 2) << 1, 2, 3, 4).finished();
  const Vector output = Vector::Constant(1, 2);
  const auto f = [&](const char* form, const char* activation) {
    return form_named(form).form->value({value, weight, output, *activation_named(activation).activation});
  };
  // o = (1 - 6, 2 - 8) = (-5, -6); row sums (3, 7)
  CHECK(f("linear", "identity") == -22);
  CHECK(f("pooled", "cubic") == 2 * (-125 - 216));
  CHECK(f("token", "cubic") == 2 * (3 - 8 * 7));
  CHECK(f("averaged", "cubic") == 2 * (-5.5 * -5.5 * -5.5));
  CHECK(f("pooled", "relu") == 0);
  CHECK(f("token", "relu") == 6);
  CHECK(forms().size() == 4);
}

TEST_CASE("form: value and backward are the naive formula and its exact derivatives") {
  const int pairs = for_every_pair([](const FormEntry& form, const ActivationEntry& activation) {
    double kink = 1;
    const Point p = point(1);
    NaiveForm naive(naive_model(form.name, activation.name, &kink), p, p);
    const FormInput input{p.token_value, p.attention, p.output_weight, *activation.activation};
    const double f = form.form->value(input), d_value = -1.75;
    CHECK(close(f, naive.at().a, 0, 1e-13));  // sums of 48 products
    Gradient gradient(p);
    form.form->backward(input, d_value, gradient.views());
    double norm = 0;
    const auto same = [&](double found, HyperDual& entry) {
      const double expected = d_value * naive.moved(entry).c;
      CHECK(close(found, expected, 1e-13, 1e-13));  // entries of size 1 to 100 (cubic)
      norm += expected * expected;
    };
    for (Index j = 0; j < 4; ++j)
      for (Index n = 0; n < 3; ++n) same(gradient.d_token_value(n, j), naive.value(n, j));
    for (Index l = 0; l < 4; ++l)
      for (Index j = 0; j < 4; ++j) same(gradient.d_attention(j, l), naive.weight(j, l));
    for (Index n = 0; n < 3; ++n) same(gradient.d_output_weight(n), naive.output[static_cast<std::size_t>(n)]);
    CHECK(norm > 1);
    CHECK(kink > 1e-3);  // no branch of a relu was in doubt
  });
  CHECK(pairs == 1 + 3 * 6);
}

TEST_CASE("form: value_tangent and backward_tangent are exact first and second derivatives") {
  for_every_pair([](const FormEntry& form, const ActivationEntry& activation) {
    const Point p = point(1), direction = point(2);
    NaiveForm naive(naive_model(form.name, activation.name), p, direction);
    const FormInput input{p.token_value, p.attention, p.output_weight, *activation.activation};
    const FormTangent tangent{direction.token_value, direction.attention};
    const HyperDual d_value(-1.75, 0.625, 0);
    CHECK(close(form.form->value_tangent(input, tangent), naive.at().b, 1e-13, 1e-13));
    Gradient gradient(p);
    form.form->backward_tangent(input, tangent, d_value.a, d_value.b, gradient.views());
    const auto same = [&](double found, HyperDual& entry) {
      CHECK(close(found, (d_value * naive.moved(entry)).d, 1e-12, 1e-12));
    };
    for (Index j = 0; j < 4; ++j)
      for (Index n = 0; n < 3; ++n) same(gradient.d_token_value(n, j), naive.value(n, j));
    for (Index l = 0; l < 4; ++l)
      for (Index j = 0; j < 4; ++j) same(gradient.d_attention(j, l), naive.weight(j, l));
  });
}

TEST_CASE("form: central differences of value along one direction") {
  for_every_pair([](const FormEntry& form, const ActivationEntry& activation) {
    const Point p = point(1), direction = point(2);
    const auto at = [&](double t) {
      const Matrix value = p.token_value + t * direction.token_value, weight = p.attention + t * direction.attention;
      return form.form->value({value, weight, p.output_weight, *activation.activation});
    };
    const double h = 1e-6;
    const double slope = form.form->value_tangent({p.token_value, p.attention, p.output_weight, *activation.activation},
                                                  {direction.token_value, direction.attention});
    CHECK(close(slope, (at(h) - at(-h)) / (2 * h), 1e-7, 1e-8));  // h^2 f''' (cubic: 1e-10) and 1e-14 / h
  });
}

TEST_CASE("form: relu on both sides of its kink: the slope of token values jumps from 0 to A and is 0 at the kink") {
  const Matrix weight = Matrix::Constant(1, 1, 0.5);
  const Vector output = Vector::Constant(1, 3);
  for (const FormEntry& form : forms()) {
    if (!form.uses_activation) continue;
    CAPTURE(form.name);
    for (const double z : {-1e-6, 0.0, 1e-6}) {
      const Matrix value = Matrix::Constant(1, 1, z);
      Gradient gradient({value, weight, output});
      form.form->backward({value, weight, output, *activation_named("relu").activation}, 1, gradient.views());
      CHECK(gradient.d_token_value(0, 0) == (z > 0 ? 1.5 : 0));
    }
  }
}

TEST_CASE("form: linear_in_ffn is true: f(V + W) = f(V) + f(W) for every activation accepted, and false elsewhere") {
  for (const FormEntry& form : forms()) {
    CAPTURE(form.name);
    bool linear = true;
    for (const ActivationEntry& activation : activations()) {
      if (!form.uses_activation && activation.name != "identity") continue;
      const Point p = point(3), other = point(4);
      const Matrix sum = p.token_value + other.token_value;
      const auto f = [&](const Matrix& value) {
        return form.form->value({value, p.attention, p.output_weight, *activation.activation});
      };
      linear = linear && close(f(sum), f(p.token_value) + f(other.token_value), 1e-12, 0);
    }
    CHECK(linear == form.linear_in_ffn);
  }
}

TEST_CASE(
    "form: with A = I the token form is sum_l phi(V_l), and with one neuron and identity all forms but the mean "
    "agree") {
  const Point p = point(5, 1);
  const auto f = [&](const char* form, const Matrix& weight) {
    return form_named(form).form->value(
        {p.token_value, weight, p.output_weight, *activation_named("identity").activation});
  };
  CHECK(close(f("token", Matrix::Identity(4, 4)), p.output_weight(0) * p.token_value.sum(), 1e-15, 1e-14));
  for (const char* form : {"pooled", "token"})
    CHECK(close(f(form, p.attention), f("linear", p.attention), 1e-14, 1e-13));
  CHECK(close(4 * f("averaged", p.attention), f("linear", p.attention), 1e-14, 1e-13));
}

TEST_CASE("form: an unknown name is refused") {
  CHECK_THROWS_WITH(form_named("conv"), doctest::Contains("model.expert.form: found conv"));
}
