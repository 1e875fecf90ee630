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
    for (Index sample = 0; sample < logits.cols(); ++sample) {
      Index best = 0;
      double best_score = 0;
      for (Index expert = 0; expert < logits.rows(); ++expert) {
        const double draw = context.recorded_noise != nullptr ? (*context.recorded_noise)(expert, sample)
                                                              : context.noise * random.uniform();
        const double score = logits(expert, sample) + draw;
        if (expert == 0 || score > best_score) {
          best = expert;
          best_score = score;
        }
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
