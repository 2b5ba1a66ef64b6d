#define _GNU_SOURCE
#include "cspawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

// A copy that no number up to that of standard error is given to: what is put there would overwrite it.
static int copy_above(int file) { return fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); }

static int start(
    pid_t *process, const char *program, char *const arguments[], char *const variables[], const char *folder,
    const int files[3]) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  int result = 0;
  for (int number = 0; number < 3 && result == 0; number += 1) {
    result = posix_spawn_file_actions_adddup2(&actions, files[number], number);
  }
  if (result == 0) result = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  if (result == 0 && folder) result = posix_spawn_file_actions_addchdir_np(&actions, folder);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  // Signals that this process passes over would be passed over by the program, too.
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

  if (result == 0) result = posix_spawn(process, program, &actions, &attributes, arguments, variables);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return result;
}

int cspawn_start(
    pid_t *process, const char *program, char *const arguments[], char *const variables[], const char *folder,
    int input, int output, int errors) {
  int files[3] = {copy_above(input), copy_above(output), copy_above(errors)};
  int result = files[0] < 0 || files[1] < 0 || files[2] < 0 ? errno : 0;
  if (result == 0) result = start(process, program, arguments, variables, folder, files);
  for (int number = 0; number < 3; number += 1) {
    if (files[number] >= 0) close(files[number]);
  }
  return result;
}
