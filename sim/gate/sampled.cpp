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
    Vector draw(logits.rows());
    for (Index sample = 0; sample < logits.cols(); ++sample) {
      if (context.recorded_noise != nullptr) {
        draw = context.recorded_noise->col(sample);
      } else {
        random.fill_uniform({draw.data(), static_cast<std::size_t>(draw.size())});
        draw *= context.noise;
      }
      Index best = 0;
      for (Index expert = 0; expert < logits.rows(); ++expert) {
        draw(expert) += logits(expert, sample);
        if (draw(expert) > draw(best)) best = expert;
      }
      routing(best, sample) = 1;
    }
  }
};

}  // namespace

GateEntry sampled_gate() {
  static const Sampled gate;
  return {"sampled", "top-1 of h_i + Uniform[0, nu], drawn anew each step", "mot.md section 2", &gate,
          false, false, true, false};
}

}  // namespace lemmata::sim
