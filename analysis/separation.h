#pragma once
#include <vector>

#include "analysis/types.h"

namespace lemmata::analysis {

/// What a linear direction can do to a set of points.
struct Separation {
  bool decided = true;               ///< false where rounding left the question open; then nothing else holds
  std::vector<Index> separated;      ///< S: points with <a_k, direction> > 0, ascending; the largest such set
  std::vector<Index> rest;           ///< R: points with <a_k, direction> = 0 for every admissible direction
  Vector direction;                  ///< <a_k, direction> > 0 on S, = 0 on R; zero if S is empty
};

/// The largest set S of points that one direction puts strictly on its positive side, with no point on the negative
/// side.
///
/// By Gordan's alternative a point is in R iff it has a positive coefficient in some non-negative combination that is
/// zero. Facial reduction: the point of the convex hull nearest to the origin (a non-negative least squares problem, a
/// finite method) either is positive on every point (done) or is the origin; then the points it combines span a
/// subspace in which every admissible direction vanishes, the others are projected onto its complement, and again. At
/// most dim rounds. Linearly separable = R empty. Margins, on points scaled to norm 1, below 1e-11 are called zero.
///
/// @param points  a_k = label_k u_k, (feature, point), one column per point, finite.
/// Source: Wolfe 1976, "Finding the nearest point in a polytope"; Lawson, Hanson 1974, chapter 23 (NNLS).
/// Checked by: tests/analysis/separation_test.cpp.
Separation linear_separation(const Matrix& points);

}  // namespace lemmata::analysis
