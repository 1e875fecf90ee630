#include "scenarios/claims/claim.h"
#include "scenarios/measure/prop1.h"

namespace lemmata::scenarios {

ClaimEntry M1_claim() {
  return {
      "M1",
      "mot",
      "Specialisation (Prop. 1): after stage I every class has an expert of its own, with probability at least 1 - "
      "delta once M >= N ln(N/delta)",
      R"(\Pr\bigl[\,\forall n\ \exists i:\ q_{ni} \ge 0.01,\quad \rho_i(n) \ge 2\ \text{ at } T_1\bigr] &\ge 1 - \delta
  \quad\text{if } M \ge N \ln(N/\delta) \\
\rho_i(n) &= \frac{\langle w_i, v_n\rangle}{\max_{k \ne n} |\langle w_i, v_k\rangle|}, \qquad \delta = 0.1)",
      "arXiv 2510.27004, Proposition 1, restated in mot.md section 6",
      {"`specialised` for class n: some expert that is sent at least 1 % of the class's mass has <w_i, v_n> >= 2 "
       "max_{k != n} |<w_i, v_k>|",
       "T1 is the end of stage I of mot/three_stage (400 normalised steps of 0.02); loss, amplitudes and step rule are "
       "settings, the paper's are not known",
       "delta = 0.1; M = 6 lies below N ln(N/delta) = 10.2, where the paper claims nothing: refuted is expected there",
       "at M = 12 the probability (.915 in an independent implementation) is too near 0.9 even for 640 seeds: "
       "inconclusive is expected"},
      prop1_settings("every class has an expert that holds load with ratio >= 2",
                     [](const Specialisation& s) { return s.least_ratio >= 2; })};
}

}  // namespace lemmata::scenarios
