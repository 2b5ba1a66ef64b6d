// Starting a program that may do less than this process: its own group and, where the kernel lets us, process numbers of
// its own, so that all that it starts ends with it; limits; no privileges; and only the files that are named.
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stdint.h>
#include <sys/types.h>

struct csandbox_program {
  const char *path;
  /// Both end with a null pointer.
  char *const *arguments;
  char *const *variables;
  /// Where it begins.
  const char *folder;
  /// Its descriptors 0, 1 and 2. It gets no other.
  int input, output, errors;
  /// Whether it only starts others, which it limits itself: then it keeps its privileges (those over a space of its own, when
  /// this process has none), the machine's process numbers, and all files. What follows is passed over.
  int is_starter;
  /// Files and folders that it may read and run; and those that it may change, too. Both end with a null pointer.
  const char *const *readable;
  const char *const *writable;
  /// Limits in bytes and seconds; 0 for none. Memory is what a process has for itself alone, not what it maps or reserves.
  uint64_t memory, file_size, processor_seconds;
};

/// Starts a program. Returns 0, or a number of `errno`.
///
/// `has_own_processes` receives whether it has process numbers of its own: then all that it has started ends with it.
int csandbox_start(pid_t *process, int *has_own_processes, const struct csandbox_program *program);

/// The version of the kernel's Landlock, by which files are limited; 0 where it has none.
int csandbox_landlock_version(void);

#endif
