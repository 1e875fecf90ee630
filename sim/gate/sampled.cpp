#include "sim/gate/gate.h"
#include "sim/random.h"

namespace lemmata::sim {
namespace {

// m = argmax_i (h_i + r_i),  r_i iid Uniform[0, nu], fresh for every sample and step; q is the indicator of m.
class Sampled final : public Gate {
 public:
  void route(const Matrix& logits, const GateContext& context, Matrix& routing) const override {
    routing.setZero(logits.rows(), logits.cols());
    Philox random(context.seed, Purpose::routing, context.step);
    Vector score(logits.rows());
    for (Index sample = 0; sample < logits.cols(); ++sample) {
      draw(context, sample, random, score);
      Index best = 0;
      for (Index expert = 0; expert < logits.rows(); ++expert) {
        score(expert) += logits(expert, sample);
        if (score(expert) > score(best)) best = expert;
      }
      routing(best, sample) = 1;
    }
  }

  Matrix draws(Index experts, Index samples, const GateContext& context) const override {
    Matrix drawn(experts, samples);
    Philox random(context.seed, Purpose::routing, context.step);
    Vector one(experts);
    for (Index sample = 0; sample < samples; ++sample) {
      draw(context, sample, random, one);
      drawn.col(sample) = one;
    }
    return drawn;
  }

 private:
  // r of one sample; without recorded noise the samples must be asked for in turn.
  static void draw(const GateContext& context, Index sample, Philox& random, Vector& drawn) {
    if (context.recorded_noise != nullptr) {
      drawn = context.recorded_noise->col(sample);
      return;
    }
    random.fill_uniform({drawn.data(), static_cast<std::size_t>(drawn.size())});
    drawn *= context.noise;
  }
};

}  // namespace

GateEntry sampled_gate() {
  static const Sampled gate;
  return {
      "sampled", "top-1 of h_i + Uniform[0, nu], drawn anew each step", "mot.md section 2", &gate, false, false, true,
      false};
}

}  // namespace lemmata::sim
