#include "analysis/margin_loss.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/close.h"

using namespace lemmata::analysis;

namespace {

// A few units in the last place of exp, log1p and the products after them.
constexpr double few_ulp = 4e-15;

struct Golden {
  double margin, change, logistic, exponential;   // exponential -1: not asked (overflow)
};

// /usr/bin/python3 tests/analysis/margin_loss_golden.py
constexpr Golden golden[] = {
    {-40, -900, 3.81927047550713849e-15, -1},
    {-40, -0.4, 2.98744466807808685e-19, 21614180956519096.0},
    {-40, -1e-09, 2.1241771269377357e-36, 0.117692633457740885},
    {-40, 900, 859.999999999999996, -1},
    {-2, -900, 107.155701808862828, -1},
    {-2, -3, 0.23739610351249824, 118.856934706854003},
    {-2, -0.4, 0.00758930991982420521, 0.678497842138691415},
    {-2, -0.001, 5.24834672372364634e-8, 3.69575986675407023e-6},
    {-2, 1e-120, 5.24967927017532564e-242, 3.69452804946532496e-240},
    {-2, 0.4, 0.00929156103651931197, 0.519598765036724721},
    {-2, 3, 0.82872491040889767, 15.1459916390327428},
    {0, -3, 0.855440171013796749, 16.0855369231876677},
    {0, -0.4, 0.0198680718400073164, 0.0918246976412703287},
    {0, 1e-09, 1.25000000000000016e-19, 4.99999999833333396e-19},
    {0, 3, 0.855440171013796749, 2.04978706836786394},
    {0.3, -0.4, 0.0198184223297073731, 0.0680254091212426212},
    {0.3, 0.001, 1.22223085061096843e-7, 3.70285671498665405e-7},
    {0.3, 0.4, 0.0190537976922671816, 0.0520943713823788011},
    {0.3, 900, 382.447379625038387, -1},
    {5, -900, 888.969718819654512, -1},
    {5, -3, 0.100134109780999861, 0.108383495240270824},
    {5, 1e-120, 3.32402833539507731e-243, 3.3689734995427334e-243},
    {5, 0.4, 0.000468203679845299079, 0.000473812743161387773},
    {200, -900, 700.0, -1},
    {200, -3, 2.2260718678694961e-86, 2.2260718678694961e-86},
    {200, 1e-09, 6.9194826313771943e-106, 6.9194826313771943e-106},
    {200, 900, 1.24412297753632704e-84, -1},
};

}  // namespace

TEST_CASE("losses: logistic log 2, slope -1/2, curvature 1/4 at margin 0, (1-3)^2/2 = 2, the hinge 0 above 1") {
  CHECK(close(loss_value(MarginLoss::logistic, 0), std::log(2.0), 0, few_ulp));
  CHECK(loss_slope(MarginLoss::logistic, 0) == -0.5);
  CHECK(loss_curvature(MarginLoss::logistic, 0) == 0.25);
  CHECK(loss_value(MarginLoss::squared, 3) == 2);
  CHECK(loss_slope(MarginLoss::squared, 3) == 2);
  CHECK(loss_value(MarginLoss::squared_hinge, 3) == 0);
  CHECK(loss_slope(MarginLoss::squared_hinge, 3) == 0);
  CHECK(loss_curvature(MarginLoss::squared_hinge, 1) == 0);
  CHECK(loss_value(MarginLoss::squared_hinge, -1) == 2);
  CHECK(loss_slope(MarginLoss::squared_hinge, -1) == -2);
  CHECK(loss_curvature(MarginLoss::squared_hinge, -1) == 1);
  CHECK(loss_value(MarginLoss::exponential, 0) == 1);
  CHECK(loss_slope(MarginLoss::exponential, 0) == -1);
}

TEST_CASE("losses: logistic keeps its relative accuracy in both tails (60-digit arithmetic)") {
  CHECK(loss_value(MarginLoss::logistic, -800) == 800);
  CHECK(close(loss_value(MarginLoss::logistic, 30), 9.35762296883973678e-14, 0, few_ulp));
  CHECK(close(loss_slope(MarginLoss::logistic, 30), -9.35762296883929895e-14, 0, few_ulp));
  CHECK(close(loss_curvature(MarginLoss::logistic, -30), 9.3576229688384233e-14, 0, few_ulp));
  CHECK(close(loss_value(MarginLoss::logistic, 690), 2.17173828138982701e-300, 0, few_ulp));
  CHECK(close(loss_slope(MarginLoss::logistic, 0.25), -0.437823499114201896, 0, few_ulp));
}

TEST_CASE("losses: slope and curvature are the derivatives of value and slope") {
  for (const MarginLoss loss :
       {MarginLoss::squared, MarginLoss::squared_hinge, MarginLoss::logistic, MarginLoss::exponential}) {
    for (const double z : {-3.0, -0.5, 0.4, 0.9, 1.2, 4.0}) {   // both sides of the kink at 1
      const double h = 1e-5;
      const double slope = (loss_value(loss, z + h) - loss_value(loss, z - h)) / (2 * h);
      const double curvature = (loss_slope(loss, z + h) - loss_slope(loss, z - h)) / (2 * h);
      // h^2 l'''/6 <= 4e-10 at l''' <= e^3, and rounding 1e-16 * 20 / h = 2e-10.
      CHECK(close(loss_slope(loss, z), slope, 1e-9, 0));
      CHECK(close(loss_curvature(loss, z), curvature, 1e-9, 0));
    }
  }
}

TEST_CASE("divergence: logistic and exponential against 400-digit arithmetic, changes of 1e-120 to 900") {
  for (const Golden& g : golden) {
    CAPTURE(g.margin);
    CAPTURE(g.change);
    CHECK(close(loss_divergence(MarginLoss::logistic, g.margin, g.change), g.logistic, 0,
                2e-14));  // e^-200: 200 ulp of z
    if (g.exponential > 0)
      CHECK(close(loss_divergence(MarginLoss::exponential, g.margin, g.change), g.exponential, 0, 2e-14));
  }
}

TEST_CASE("divergence: the squared hinge in its four cases, by hand") {
  CHECK(loss_divergence(MarginLoss::squared_hinge, 0, 0.5) == 0.125);    // both below 1: 0.5^2/2
  CHECK(loss_divergence(MarginLoss::squared_hinge, 0, 3) == 2.5);        // 0 - 1/2 + 1*3
  CHECK(loss_divergence(MarginLoss::squared_hinge, 2, 5) == 0);          // flat
  CHECK(loss_divergence(MarginLoss::squared_hinge, 2, -3) == 2);         // (1 - -1)^2/2
  CHECK(loss_divergence(MarginLoss::squared, 7, -0.5) == 0.125);
}

TEST_CASE("losses: an unknown name is refused, NaN stays NaN") {
  CHECK(margin_loss("squared_hinge") == MarginLoss::squared_hinge);
  CHECK_THROWS_AS(margin_loss("hinge"), std::invalid_argument);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const MarginLoss loss :
       {MarginLoss::squared, MarginLoss::squared_hinge, MarginLoss::logistic, MarginLoss::exponential}) {
    CHECK(std::isnan(loss_value(loss, nan)));
    CHECK(std::isnan(loss_slope(loss, nan)));
    CHECK(std::isnan(loss_divergence(loss, 0.5, nan)));
  }
}
