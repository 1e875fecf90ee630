#include "scenarios/measure/joint_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/statistics.h"

namespace lemmata::scenarios {

JointTraining softmax_training(const std::string& law) {
  sim::LayerConfig layer = joint_scenario("softmax").settings.joma_layer;
  layer.data.law = law;
  return joint_training(layer, "gd", 0.1, {100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1500, 2000});
}

JointTraining constant_mean_training() {
  JointTraining training = softmax_training("gaussian");
  training.layer.upstream = "fixed";
  training.same_tokens = true;
  training.train["z"].learning_rate *= 1e-3;
  return training;
}

std::string constant_mean_in_words() {
  return "constant mean attention: the same tokens in every sample, a fixed g, z 1,000 times slower than v";
}

double centred_cosine(const Vector& a, const Vector& b) {
  const Vector x = a.array() - a.mean(), y = b.array() - b.mean();
  return x.dot(y) / (x.norm() * y.norm());
}

double mean_of(const std::vector<double>& sample) {
  const bool finite = std::all_of(sample.begin(), sample.end(), [](double one) { return std::isfinite(one); });
  return finite ? analysis::mean(sample) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace lemmata::scenarios
