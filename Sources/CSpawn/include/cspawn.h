// Starting a process in a group of its own. Some of the system's functions that this takes are extensions of GNU, which
// Swift does not see.
#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Starts a program as the leader of a new group. Of this process's files it gets those three alone, as its input, output and
/// errors.
///
/// `folder` is where it runs, or null for here. Returns 0, or a number of `errno`.
int cspawn_start(
    pid_t *process, const char *program, char *const arguments[], char *const variables[], const char *folder,
    int input, int output, int errors);

#endif
