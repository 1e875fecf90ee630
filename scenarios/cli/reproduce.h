#pragma once
#include <string>

#include "analysis/result_reader.h"
#include "scenarios/configuration/json_text.h"

namespace lemmata::scenarios {

/// How to make a result file again.
struct Reproduction {
  std::string build;    ///< shell lines that build the very program; empty if this program is it
  std::string command;  ///< shell lines that run it: a shipped scenario with what differs, or its settings in full
  std::string notes;    ///< why the same bits are not to be expected, a line each; empty: they are
};

/// @throws analysis::FileError, InputError if the file does not say what it was made from.
/// Checked by: tests/scenarios/reproduce_test.py.
Reproduction reproduction_of(const analysis::ResultReader& result);

/// Lines for a shell, with what is to be known as comments.
std::string reproduction_text(const Reproduction& reproduction);

}  // namespace lemmata::scenarios
