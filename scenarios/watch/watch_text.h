#pragma once
#include <string>

#include "scenarios/watch/watched_folder.h"

namespace lemmata::scenarios {

/// Size of the view in characters.
struct ViewSize {
  int width = 80;
  int height = 0;  ///< lines at most; 0: as many as it takes
};

/// The snapshot as lines, each ended by a newline and at most `width` characters wide (every character used takes one
/// column): per run its state, stage, step, rate and times, its curves in braille characters on a logarithmic axis, the
/// last numbers, and what was left out. Runs that do not fit into `height` are counted. Text of the files is shown with
/// everything but printable ASCII as '?', so that it cannot steer a terminal.
/// Checked by: tests/scenarios/watch_text_test.cpp, tests/scenarios/watch_test.py.
std::string watch_text(const WatchSnapshot& snapshot, ViewSize size);

}  // namespace lemmata::scenarios
