#pragma once
#include <string>

#include "scenarios/cli/command.h"

namespace lemmata::scenarios {

/// --max-time SECONDS, of every command that can be interrupted and gone on with.
Option max_time_option();

/// Installs handlers for SIGINT, SIGTERM and SIGHUP that ask running work to stop; a second signal ends the program at
/// once. With --max-time it is asked to stop after that time too, however the system's clock may jump.
/// @throws InputError unless the time is a number above 0.
void catch_interrupts(const Arguments& arguments);

/// Whether a stop was asked for.
bool is_interrupted();

/// Says on stderr, unless --quiet, why it stopped and how to go on. @return 130.
int interrupted(const Arguments& arguments, const std::string& how_to_go_on);

/// Why: "interrupted", or "the 3600 s of --max-time are over".
std::string interruption_text();

}  // namespace lemmata::scenarios
