#include "analysis/boundary_search.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "tests/analysis/synthetic_draw.h"
#include "tests/close.h"

// Searches on synthetic rows whose response is known. Fixed draws, so the counts are the same at every run; the bars
// are the bands' own statements, loosened by what so many rows can scatter.
using namespace lemmata::analysis;

namespace {

using Response = std::function<double(double)>;

struct Row {
  ResponseCurve curve;
  std::vector<Trial> trials;
};

Row searched(const Response& response, std::uint64_t family, std::uint64_t index, const SearchRule& rule = {}) {
  Draw draw(family, index);
  Row row;
  for (;;) {
    const std::vector<double> places = next_batch(row.curve, static_cast<long>(row.trials.size()), rule);
    if (places.empty()) return row;
    for (const double place : places) {
      row.trials.push_back({place, draw.uniform() < response(place)});
      row.curve.add(row.trials.back());
    }
  }
}

double logistic(double z) { return 1 / (1 + std::exp(-z)); }

// Slopes between a jump and a fifth of the range, ceilings of 1, .97 and .93.
struct Truth {
  double middle = 0, slope = 0, ceiling = 1;
  double operator()(double place) const { return ceiling * logistic((place - middle) / slope); }
  double contour(double probability) const {
    const double share = probability / ceiling;
    return share < 1 ? middle + slope * std::log(share / (1 - share)) : std::numeric_limits<double>::infinity();
  }
};

Truth drawn_truth(std::uint64_t index) {
  Draw draw(515, index);
  constexpr double slopes[] = {0.001, 0.005, 0.02, 0.08, 0.2}, ceilings[] = {1, 0.97, 0.93};
  return {draw.uniform(0.1, 0.9), slopes[draw.below(5)], ceilings[draw.below(3)]};
}

bool covers(const Contour& contour, double truth) {
  if (contour.state == ContourState::above) return truth > 1;
  if (contour.state == ContourState::below) return truth < 0;
  return truth >= contour.band.lower && truth <= contour.band.upper;
}

struct Tally {
  int found = 0, all = 0, covered = 0, covered_by_half = 0, wrong_shape = 0;
};

}  // namespace

TEST_CASE(
    "240 rising rows: the 95 % bands cover the truth in at least 90 %, at P = .5 and P = .9, bands of 50 % do not" *
    doctest::test_suite("hundreds of draws")) {
  constexpr int rows = 240;
  Tally tally[2];
  for (std::uint64_t index = 0; index < rows; ++index) {
    const Truth truth = drawn_truth(index);
    const Row row = searched(truth, 616, index);
    const double probabilities[] = {0.5, 0.9};
    for (std::size_t i = 0; i < 2; ++i) {
      const double at = truth.contour(probabilities[i]);
      const Contour contour = row.curve.contour(probabilities[i], band_confidence);
      tally[i].all += 1;
      tally[i].found += contour.state == ContourState::found;
      tally[i].covered += covers(contour, at);
      tally[i].covered_by_half += covers(row.curve.contour(probabilities[i], 0.5), at);
      tally[i].wrong_shape += response_shape(row.curve, row.trials) != ResponseShape::rising;
    }
  }
  for (const Tally& one : tally) {
    MESSAGE(one.covered, " of ", one.all, " covered, ", one.found, " found; by half bands ", one.covered_by_half);
    CHECK(one.covered >= 0.9 * one.all);
    CHECK(one.covered_by_half < 0.85 * one.all);  // the control: bands that are too narrow are noticed
    CHECK(one.wrong_shape <= 2 * shape_error * one.all);
  }
  CHECK(tally[0].found >= 0.95 * rows);  // P = .5 lies inside the range in nearly all of them
  CHECK(tally[1].found >= 0.5 * rows);   // P = .9 lies above it, or near a ceiling of .93, in many
}

TEST_CASE("rows without a crossing: 0, 1, and ceilings of .3 and .8, never a number, and flat ones are named") {
  constexpr std::uint64_t rows = 20;
  for (std::uint64_t index = 0; index < rows; ++index) {
    const Row none = searched([](double) { return 0.0; }, 717, index),
              all = searched([](double) { return 1.0; }, 717, index);
    for (const double probability : {0.5, 0.9}) {
      CHECK(none.curve.contour(probability, band_confidence).state == ContourState::above);
      CHECK(all.curve.contour(probability, band_confidence).state == ContourState::below);
    }
    CHECK(none.trials.size() < 60);  // nothing is left to be sought
  }
  int wrong = 0, named = 0;
  for (std::uint64_t index = 0; index < rows; ++index) {
    const Row low = searched([](double v) { return 0.3 * logistic((v - 0.5) / 0.03); }, 818, index),
              high = searched([](double v) { return 0.8 * logistic((v - 0.4) / 0.02); }, 818, index);
    for (const ContourState state :
         {low.curve.contour(0.5, band_confidence).state, high.curve.contour(0.9, band_confidence).state}) {
      wrong += state == ContourState::found || state == ContourState::below;
      named += state == ContourState::above;
    }
  }
  CHECK(wrong <= 2);  // of 40, each with at most 5 %
  CHECK(named >= 20);
}

TEST_CASE("rows that are not monotone, humps and a falling one, are found out in at least nine of ten" *
          doctest::test_suite("hundreds of draws")) {
  const auto hump = [](double from, double to, double slope) {
    return [=](double v) { return logistic((v - from) / slope) * logistic((to - v) / slope); };
  };
  const std::vector<Response> responses = {hump(0.3, 0.7, 0.03), hump(0.45, 0.7, 0.01), hump(0.2, 0.85, 0.02),
                                           [](double v) { return logistic((0.5 - v) / 0.05); }};
  for (const Response& response : responses) {
    int found_out = 0;
    for (std::uint64_t index = 0; index < 20; ++index) {
      const Row row = searched(response, 919, index);
      found_out += response_shape(row.curve, row.trials) != ResponseShape::rising;
    }
    CHECK(found_out >= 18);
  }
}

TEST_CASE("a plateau in the middle that no logistic curve has: of another form, and not called falling") {
  std::vector<Trial> trials;
  ResponseCurve curve;
  for (int i = 0; i <= 100; ++i) {
    for (int k = 0; k < 4; ++k) {
      trials.push_back({i / 100.0, i > 30 && (i > 60 || k < 2)});
      curve.add(trials.back());
    }
  }
  CHECK(response_shape(curve, trials) == ResponseShape::other_form);
}

TEST_CASE("the first 32 places: the ends, then halves, quarters, ..., later ones three of eight so, the rest at .5") {
  ResponseCurve curve;
  const SearchRule rule{{0.5}, 1e-6, 1000};
  CHECK(next_batch(curve, 0, rule) == std::vector<double>{0, 1, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375});
  std::vector<double> places;
  for (long trials = 0; trials < spread_at_first; trials += batch_trials) {
    for (const double place : next_batch(curve, trials, rule)) {
      places.push_back(place);
      curve.add({place, place > 0.3});
    }
  }
  CHECK(std::set<double>(places.begin(), places.end()).size() == places.size());
  std::vector<double> later = next_batch(curve, 32, rule);
  REQUIRE(later.size() == 8);
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::count(places.begin(), places.end(), later[i]) == 0);
  for (std::size_t i = 3; i < 8; ++i) {
    CHECK(later[i] > 0.2);
    CHECK(later[i] < 0.4);
  }
  for (const double place : later) curve.add({place, place > 0.3});
  const std::vector<double> next = next_batch(curve, 40, rule);
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::count(later.begin(), later.end(), next[i]) == 0);
}

TEST_CASE("a search ends: not before 40 trials, at its budget, or when its bands are narrow") {
  const Response step = [](double v) { return v > 0.3 ? 1.0 : 0.0; };
  CHECK(searched(step, 1, 0, {{0.5}, 1.0, 160}).trials.size() == 40);
  CHECK(searched(step, 1, 0, {{0.5}, 1e-9, 100}).trials.size() == 100);
  const Row narrow = searched(step, 1, 0, {{0.5}, 0.04, 1000});
  CHECK(narrow.trials.size() < 200);
  const Contour contour = narrow.curve.contour(0.5, band_confidence);
  CHECK(contour.band.upper - contour.band.lower <= 0.04);
}
