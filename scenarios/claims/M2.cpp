#include "scenarios/claims/claim.h"
#include "scenarios/measure/prop1.h"

namespace lemmata::scenarios {

ClaimEntry M2_claim() {
  return {"M2",
          "mot",
          "Routing (Prop. 1): after stage I the gate sends every class to experts whose neuron points at its label "
          "signal, with probability at least 1 - delta once M >= N ln(N/delta)",
          R"(\Pr\bigl[\,\min_n \pi_n \ge 0.99 \text{ and } \min_n \pi^{\max}_n \ge 0.99\ \text{ at } T_1\bigr]
  &\ge 1 - \delta
  \quad\text{if } M \ge N \ln(N/\delta) \\
\pi_n = \frac{\sum_{i \in \mathcal{M}_n} q_{ni}}{\sum_i q_{ni}}, \qquad
\mathcal{M}_n &= \bigl\{i : \arg\max_k \langle w_i, v_k\rangle = n\bigr\}, \qquad \delta = 0.1)",
          "arXiv 2510.27004, Proposition 1, restated in mot.md section 6",
          {"routed right: purity >= 0.99 for every class, both of the q-mass (with exploration noise) and noise-free; "
           "noise-free alone can pass without specialisation",
           "T1, delta and the expectations as in M1"},
          prop1_settings("purity >= 0.99 for every class, noisy and noise-free", is_class_pure)};
}

}  // namespace lemmata::scenarios
