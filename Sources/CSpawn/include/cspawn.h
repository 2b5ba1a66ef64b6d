// Starting a process in a group of its own. Two of the system's functions that this takes are extensions of GNU, which
// Swift does not see.
#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Starts a program as the leader of a new group. It prints to this process's standard error, and gets no file of it.
///
/// `lifeline` receives the end of a pipe to its input, to be closed when the program is no longer wanted; it closes by
/// itself when this process ends. Returns 0, or a number of `errno`.
int cspawn_start(
    pid_t *process, int *lifeline, const char *program, char *const arguments[], char *const variables[]);

#endif
