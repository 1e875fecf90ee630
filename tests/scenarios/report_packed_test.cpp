#include "scenarios/report/packed.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

namespace lemmata::scenarios {

TEST_CASE("base64: the examples of RFC 4648, section 10") {
  const auto encoded = [](const std::string& text) {
    return base64({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
  };
  CHECK(encoded("") == "");
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foob") == "Zm9vYg==");
  CHECK(encoded("fooba") == "Zm9vYmE=");
  CHECK(encoded("foobar") == "Zm9vYmFy");
}

TEST_CASE("packed: float32 in little-endian order, what is too large becomes infinite") {
  // 1 = 3f800000, -2 = c0000000
  CHECK(packed(std::vector{1.0, -2.0})["f32"] == "AACAPwAAAMA=");
  CHECK(packed(std::vector{1e300})["f32"] == packed(std::vector{std::numeric_limits<double>::infinity()})["f32"]);
  CHECK(packed(std::vector<double>{})["f32"] == "");
}

}  // namespace lemmata::scenarios
