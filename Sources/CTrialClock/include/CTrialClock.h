// A wall clock that a trial sets: built as a library of its own and loaded before a program (LD_PRELOAD), it answers
// clock_gettime, gettimeofday and time with the true time and what the file says that TRIAL_CLOCK names: a
// signed 64-bit number of milliseconds, read at each call. Clocks that nobody can set are left as they are, and so
// are waits: those of librdkafka and of the C library go by deadlines which they compute inside the C library.
// Not part of the worker.
#pragma once
