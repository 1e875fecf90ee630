#pragma once
#include <span>
#include <string>

#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// Base64 (RFC 4648, section 4, with padding) of bytes.
/// Checked by: tests/scenarios/report_packed_test.cpp (the RFC's examples).
std::string base64(std::span<const unsigned char> bytes);

/// Numbers for the report page: their float32 values in little-endian order as base64, {"f32": text}; what does not fit
/// a float32 becomes infinite, NaN stays. Relative error 6e-8: for drawing, not for computing.
Json packed(std::span<const double> values);

}  // namespace lemmata::scenarios
