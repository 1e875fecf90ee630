#pragma once

namespace lemmata::scenarios {

/// Ends the program with a message and exit code 2, for want of memory. In a program that this is linked into, an
/// allocation without memory, of C++ or of a library in C, does the same from before main on: nothing is unwound, for
/// that may allocate too, and libhdf5 1.10.8 crashes where malloc gives it nothing. A result under way stays a .part,
/// beside its last checkpoint. A forked child that can do without sets std::set_new_handler back to null. Checked by:
/// tests/faults/memory.py.
[[noreturn]] void refuse_without_memory();

}  // namespace lemmata::scenarios
