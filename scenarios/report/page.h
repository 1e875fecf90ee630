#pragma once
#include <string>

#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// The report page with its data in it: one HTML file that asks for nothing from elsewhere. The data is JSON in an
/// element that is never run, every '<' in it escaped.
/// Checked by: tests/scenarios/report_test.py.
std::string report_page(const Json& data);

/// Whether the program was built with the interactive plots; without them the page draws still pictures and says so.
bool has_interactive_plots();

}  // namespace lemmata::scenarios
