#include "analysis/routing.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

constexpr double rounding = 1e-14;   // a handful of operations on numbers of size 1
const double not_a_number = std::numeric_limits<double>::quiet_NaN();

Matrix specialization() {   // (expert, class): experts 0, 2 are best at class 1, expert 1 at class 0, none at class 2
  Matrix table(3, 3);
  table << 0.1, 0.9, -2.0,
           0.5, 0.5, 0.5,      // a tie goes to the lowest class
          -0.3, -0.1, -0.2;    // the signed maximum counts, not the absolute one
  return table;
}

Matrix routing() {   // (class, expert)
  Matrix table(3, 3);
  table << 0.2, 0.7, 0.1,
           0.5, 0.2, 0.3,
           1.0, 0.0, 0.0;
  return table;
}

}  // namespace

TEST_CASE("winner sets: {1}, {0, 2}, {} with a tie at the lowest class and a row of negative numbers") {
  CHECK(winning_class(specialization()) == std::vector<Index>{1, 0, 1});
  const std::vector<std::vector<Index>> sets = winner_sets(specialization());
  REQUIRE(sets.size() == 3);
  CHECK(sets[0] == std::vector<Index>{1});
  CHECK(sets[1] == std::vector<Index>{0, 2});
  CHECK(sets[2].empty());
}

TEST_CASE("margin 0.8, 0, 0.1 and ratio to the largest other magnitude 0.9/2") {
  const Vector margin = winning_margin(specialization());
  CHECK(close(margin[0], 0.8, 0, rounding));
  CHECK(margin[1] == 0);
  CHECK(close(margin[2], 0.1, 0, rounding));
  const Matrix ratio = specialization_ratio(specialization());
  CHECK(close(ratio(0, 1), 0.45, 0, rounding));
  CHECK(close(ratio(0, 2), -2 / 0.9, 0, rounding));
  CHECK(close(ratio(2, 1), -1.0 / 3, 0, rounding));
  CHECK(specialization_ratio(Matrix{{3.0, 0.0}})(0, 0) == infinity);
  CHECK(specialization_ratio(Matrix{{3.0, 0.0}})(0, 1) == 0);
  CHECK(specialization_ratio(Matrix{{0.0, 0.0}})(0, 1) == 0);
  CHECK(winning_margin(Matrix{{3.0}})[0] == infinity);
}

TEST_CASE("purity: class 0 sends 0.7 to expert 1, class 1 sends 0.5 + 0.3, class 2 has no winner: 0") {
  const Vector share = purity(routing(), specialization());
  CHECK(close(share[0], 0.7, 0, rounding));
  CHECK(close(share[1], 0.8, 0, rounding));
  CHECK(share[2] == 0);
}

TEST_CASE(
    "purity of one expert per class under oracle routing is 1, exchanged 0, it follows a permutation of experts") {
  const Matrix identity = Matrix::Identity(2, 2), exchanged = identity.rowwise().reverse();
  CHECK(purity(identity, identity) == Vector::Ones(2));
  CHECK(purity(exchanged, identity) == Vector::Zero(2));
  const Vector permuted = purity(routing().rowwise().reverse(), specialization().colwise().reverse());
  CHECK((permuted - purity(routing(), specialization())).norm() < rounding);
}

TEST_CASE("routing measures with NaN give NaN, with disagreeing shapes they throw") {
  Matrix broken = specialization();
  broken(0, 0) = not_a_number;
  CHECK(winning_class(broken)[0] == -1);
  CHECK(winning_class(broken)[1] == 0);
  CHECK(std::isnan(winning_margin(broken)[0]));
  CHECK(std::isnan(specialization_ratio(broken)(0, 2)));
  CHECK(std::isnan(purity(routing(), broken)[1]));
  Matrix lost = routing();
  lost(2, 1) = not_a_number;
  CHECK(std::isnan(purity(lost, specialization())[2]));
  CHECK(close(purity(lost, specialization())[0], 0.7, 0, rounding));
  CHECK_THROWS_AS(purity(routing(), specialization().topRows(2)), std::invalid_argument);
  CHECK_THROWS_AS(purity(routing().topRows(2), specialization()), std::invalid_argument);
  CHECK_THROWS_AS(expert_load(routing(), Vector::Ones(2)), std::invalid_argument);
  CHECK_THROWS_AS(routing_entropy(routing(), Vector::Ones(2)), std::invalid_argument);
  CHECK_THROWS_AS(classes_per_expert(routing(), not_a_number), std::invalid_argument);
  CHECK_THROWS_AS(winning_class(Matrix(3, 0)), std::invalid_argument);
}

TEST_CASE("classes per expert: 3, 2, 2 above a share of 0, and 1, 1, 0 above 0.5 (strictly)") {
  CHECK(classes_per_expert(routing(), 0) == std::vector<Index>{3, 2, 2});
  CHECK(classes_per_expert(routing(), 0.5) == std::vector<Index>{1, 1, 0});
}

TEST_CASE("load and its variation: even 0, one of four takes all sqrt 3, (0.5, 0.3, 0.2) by hand") {
  const Vector share{{0.5, 0.25, 0.25}};
  const Vector load = expert_load(routing(), share);
  CHECK(close(load[0], 0.1 + 0.125 + 0.25, 0, rounding));
  CHECK(close(load[1], 0.35 + 0.05, 0, rounding));
  CHECK(close(load.sum(), 1, 0, rounding));
  Matrix absent = routing();
  absent.row(2).setConstant(not_a_number);   // a class that has no samples
  CHECK(close(expert_load(absent, Vector{{0.5, 0.5, 0.0}})[0], 0.1 + 0.25, 0, rounding));
  CHECK(std::isnan(expert_load(absent, share)[0]));
  CHECK(load_variation(Vector::Constant(4, 0.25)) == 0);
  CHECK(close(load_variation(Vector::Unit(4, 2)), std::sqrt(3.0), 0, rounding));
  CHECK(close(load_variation(Vector{{0.5, 0.3, 0.2}}), std::sqrt(0.14 / 9) * 3, 0, rounding));   // variance .04667/3
}

TEST_CASE("routing entropy: uniform ln 4, deterministic 0, weighted mean of the two") {
  Matrix table(2, 4);
  table << 0.25, 0.25, 0.25, 0.25,
           0, 0, 1, 0;
  CHECK(close(routing_entropy(table, Vector{{1.0, 0.0}}), std::log(4.0), 0, rounding));
  CHECK(routing_entropy(table, Vector{{0.0, 1.0}}) == 0);
  CHECK(close(routing_entropy(table, Vector{{1.0, 3.0}}), std::log(4.0) / 4, 0, rounding));
  table.row(1).setConstant(not_a_number);   // a class that has no samples
  CHECK(close(routing_entropy(table, Vector{{1.0, 0.0}}), std::log(4.0), 0, rounding));
}

TEST_CASE("dispatch entropy: oracle 0, blind H(class), two classes sharing one of two experts ln 2 of its load") {
  const Vector even = Vector::Constant(3, 1.0 / 3);
  CHECK(dispatch_entropy(Matrix::Identity(3, 3), even) == 0);
  CHECK(close(dispatch_entropy(Matrix::Constant(3, 5, 0.2), even), std::log(3.0), 0, rounding));
  Matrix shared(3, 2);
  shared << 1, 0, 1, 0, 0, 1;
  CHECK(close(dispatch_entropy(shared, even), 2.0 / 3 * std::log(2.0), 0, rounding));
  shared.row(1).setConstant(not_a_number);   // a class that has no samples
  CHECK(dispatch_entropy(shared, Vector{{0.5, 0.0, 0.5}}) == 0);
  const Vector zipf{{0.5, 0.3, 0.2}};
  CHECK(close(dispatch_entropy(Matrix::Constant(3, 2, 0.5), zipf),
              -(0.5 * std::log(0.5) + 0.3 * std::log(0.3) + 0.2 * std::log(0.2)), 0, rounding));
}

TEST_CASE("dispatch and routing entropy obey H(class) - H(class|expert) = H(expert) - H(expert|class)") {
  const Vector share{{0.5, 0.3, 0.2}};
  const Vector load = expert_load(routing(), share);
  const double class_entropy = routing_entropy(share.transpose(), Vector::Ones(1));
  const double expert_entropy = routing_entropy(load.transpose(), Vector::Ones(1));
  const double information = class_entropy - dispatch_entropy(routing(), share);
  CHECK(information > 0.1);   // the identity is not 0 = 0
  CHECK(close(information, expert_entropy - routing_entropy(routing(), share), rounding, rounding));
}

TEST_CASE("fluctuation: 2 of 5 changed, none, no samples NaN, different lengths throw") {
  const std::vector<Index> before{0, 1, 2, 3, 4}, after{0, 2, 2, 3, 0};
  CHECK(close(fluctuation(before, after), 0.4, 0, rounding));
  CHECK(fluctuation(before, before) == 0);
  CHECK(std::isnan(fluctuation({}, {})));
  CHECK_THROWS_AS(fluctuation(before, std::span(after).first(3)), std::invalid_argument);
}
