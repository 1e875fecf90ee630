#include <algorithm>
#include <cmath>

#include "tests/analysis/synthetic_draw.h"

using lemmata::analysis::Law;

namespace {

std::vector<double> clean_times(Draw& draw, double last) {
  const int choice = draw.below(3);
  return choice == 0 ? uniform_times(last, 400) : log_spaced(last, choice == 1 ? 50 : 60);
}

/// log of a sum of 10-20 exponentials of which a group of 1-3 nearly equal, slowest ones stands alone at the end.
LogCurve gapped_spectrum(Draw& draw, double last, double& slowest) {
  const double fall = draw.log_uniform(8, 250) * ln_ten, gap = draw.uniform(20, 60) / fall;
  const double widest = std::max(1 + 2 * gap, draw.log_uniform(2, 72));
  slowest = fall / last;
  std::vector<double> amplitude{1}, rate{slowest};
  for (int near = draw.below(3); near > 0; --near) {
    rate.push_back(slowest * (1 + draw.log_uniform(1e-7, 1e-2)));
    amplitude.push_back(draw.log_uniform(0.1, 10));
  }
  const std::size_t group = rate.size();
  for (const std::size_t terms = static_cast<std::size_t>(10 + draw.below(11)); rate.size() < terms;) {
    rate.push_back(slowest * (rate.size() == group ? 1 + gap : draw.log_uniform(1 + gap, widest)));
    amplitude.push_back(draw.log_uniform(1e-2, 1e2));
  }
  return [=](double t) {
    double sum = 0;
    for (std::size_t k = 0; k < rate.size(); ++k) sum += amplitude[k] * std::exp(-(rate[k] - rate[0]) * t);
    return std::log(sum) - rate[0] * t;
  };
}

/// Loss of normalised gradient descent on separate logistic margins, step by step.
std::vector<double> normalised_logistic(Draw& draw, long last, double& rate) {
  const int margins = 2 + draw.below(5);
  std::vector<double> scale, margin;
  double inverse_squares = 0;
  for (int k = 0; k < margins; ++k) {
    scale.push_back(draw.uniform(0.5, 1.5));
    margin.push_back(draw.uniform(0, 4));
    inverse_squares += 1 / (scale.back() * scale.back());
  }
  rate = draw.uniform(8, 250) * ln_ten / static_cast<double>(last);
  const double learning_rate = rate * std::sqrt(inverse_squares);
  std::vector<double> loss;
  for (long step = 0; step <= last; ++step) {
    double sum = 0, squares = 0;
    const double least = *std::min_element(margin.begin(), margin.end());
    std::vector<double> gradient;  // times exp(least), which the norm divides out
    for (std::size_t k = 0; k < margin.size(); ++k) {
      sum += std::log1p(std::exp(-margin[k]));
      gradient.push_back(scale[k] * std::exp(least - margin[k]) / (1 + std::exp(-margin[k])));
      squares += gradient[k] * gradient[k];
    }
    loss.push_back(sum);
    for (std::size_t k = 0; k < margin.size(); ++k)
      margin[k] += learning_rate * scale[k] * gradient[k] / std::sqrt(squares);
  }
  return loss;
}

LogCurve two_stretched(Draw& draw, double fall, double last, std::string& kind) {
  const double first = draw.uniform(0.3, 0.8), second = draw.uniform(0.3, 0.8), share = draw.uniform(0.2, 0.8);
  const bool product = draw.below(2) == 0;
  kind = (product ? "product of two stretched " : "sum of two stretched ") + std::to_string(first) + ", " +
         std::to_string(second);
  return [=](double t) {
    const double a = -fall * std::pow(t / last, first), b = -fall * share * std::pow(t / last, second);
    return product ? share * a + (1 - share) * b / share : std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
  };
}

LogCurve near_exponential(Draw& draw, double last, std::string& kind) {
  const double fall = draw.log_uniform(4, 200) * ln_ten;
  const int choice = draw.below(8);
  switch (choice) {
    case 0:
    case 1: {
      const double shape = choice == 0 ? draw.uniform(0.3, 0.9) : draw.uniform(1.1, 2.5);
      kind = (shape < 1 ? "stretched " : "compressed ") + std::to_string(shape);
      return stretched(fall, last, shape);
    }
    case 2: {
      const double scale = last * draw.log_uniform(1e-5, 1e-1);
      kind = "exp(-log^2)";
      return squared_log(fall, last, scale);
    }
    case 3: {
      const double scale = last * draw.log_uniform(1e-4, 1e-2), ratio = draw.log_uniform(0.1, 3);  // p/(r t) at the end
      const double rate = fall / (1 + ratio * std::log1p(last / scale));
      kind = "t^-p exp(-rt), p/(rt) " + std::to_string(ratio);
      return [=](double t) { return -rate * (ratio * std::log1p(t / scale) + t / last); };
    }
    case 4: {
      const double share = draw.uniform(0.3, 0.8);
      kind = "exp(-rt - c sqrt t), share of sqrt " + std::to_string(share);
      return [=](double t) { return -fall * (share * std::sqrt(t / last) + (1 - share) * t / last); };
    }
    case 5: {
      const double scale = last * draw.log_uniform(1e-6, 1e-1);
      kind = "exp(-t/log t)";
      return [=](double t) { return -fall * (t / last) * std::log(M_E + last / scale) / std::log(M_E + t / scale); };
    }
    case 6: return two_stretched(draw, fall, last, kind);
    default: {
      const double size = draw.uniform(0.05, 0.5), count = draw.uniform(3, 60);
      kind = "exponential with ripples " + std::to_string(size);
      return [=](double t) { return -fall * (t / last) * (1 + size * std::sin(count * std::log1p(20 * t / last))); };
    }
  }
}

}  // namespace

SyntheticCurve settling_curve(std::uint64_t family, std::uint64_t index) {
  Draw draw(family, index);
  SyntheticCurve curve;
  curve.truth = Law::exponential;
  const double last = std::round(draw.log_uniform(1000, 20000));
  curve.time = clean_times(draw, last);
  if (draw.below(3) == 0) {
    curve.kind = "normalised logistic";
    const std::vector<double> loss = normalised_logistic(draw, static_cast<long>(last), curve.parameter);
    for (double& t : curve.time) t = std::round(t);
    for (double t : curve.time) curve.value.push_back(loss[static_cast<std::size_t>(t)]);
  } else {
    curve.kind = "gapped spectrum";
    const LogCurve law = gapped_spectrum(draw, last, curve.parameter);
    for (double t : curve.time) curve.value.push_back(std::exp(law(t)));
    const int error = draw.below(3);
    if (error == 1) add_noise(draw, curve, 1e-6, 0);
    const double shift = error == 2 ? draw.normal() * 1e-4 * curve.value.back() : 0;
    for (double& value : curve.value) value += shift;
  }
  curve.decades = std::log10(curve.value.front() / curve.value.back());
  return curve;
}

SyntheticCurve near_exponential_curve(std::uint64_t family, std::uint64_t index) {
  Draw draw(family, index);
  SyntheticCurve curve;
  const double last = std::round(draw.log_uniform(1000, 20000));
  curve.time = clean_times(draw, last);
  const LogCurve law = near_exponential(draw, last, curve.kind);
  for (double t : curve.time) curve.value.push_back(std::exp(law(t)));
  curve.decades = std::log10(curve.value.front() / curve.value.back());
  return curve;
}
