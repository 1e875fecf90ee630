#pragma once

namespace lemmata::scenarios {

/// From here on an allocation without memory, of C++ or of a library in C, ends the program with a message and exit
/// code 2: nothing is unwound, for that may allocate too, and libhdf5 1.10.8 crashes where malloc gives it nothing. A
/// result under way stays a .part, beside its last checkpoint. A forked child that can do without sets
/// std::set_new_handler back to null. Checked by: tests/faults/memory.py.
void end_without_memory();

/// The same at once.
[[noreturn]] void refuse_without_memory();

}  // namespace lemmata::scenarios
