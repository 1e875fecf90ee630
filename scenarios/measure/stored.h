#pragma once
#include "analysis/steps_to_eps.h"
#include "scenarios/claims/claim.h"

// Arrays that a check leaves behind beside its measurements: what follows from them, for whoever looks.
namespace lemmata::scenarios {

/// A dimension and its size.
using Axis = std::pair<std::string, std::size_t>;

/// Adds an array to the evidence; NaN = not there. An array with an axis of size 0 is left out.
/// @param values  row-major, of the size the axes say; equally named axes of one evidence have the same size.
void store(Evidence& evidence, const std::string& name, const std::vector<Axis>& axes, std::vector<double> values,
           const std::string& description);

/// The same of seeds, as integers and coordinate of their own dimension.
void store_seeds(Evidence& evidence, const std::string& name, const std::vector<long>& seeds);

/// Rows of different lengths, the short ones filled up with NaN; the second axis is as long as the longest.
void store_rows(Evidence& evidence, const std::string& name, const std::string& row, const std::string& column,
                const std::vector<std::vector<double>>& rows, const std::string& description);

/// T(eps) on the default grid, as measured: `eps`, `steps_to_eps` and `value_there` along the axis `level`.
void fields_of(analysis::StepsToEps& reached, Fields& fields);

/// value(item) for every item, as doubles.
template <class Items, class Value>
std::vector<double> numbers_of(const Items& items, const Value& value) {
  std::vector<double> list;
  for (const auto& item : items) list.push_back(static_cast<double>(value(item)));
  return list;
}

}  // namespace lemmata::scenarios
