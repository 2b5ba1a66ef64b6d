#define _GNU_SOURCE
#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Landlock, as its documentation numbers it: headers of the system may be older than its kernel.
enum { create_ruleset = 444, add_rule = 445, restrict_self = 446 };
enum {
  file_execute = 1 << 0,
  file_write = 1 << 1,
  file_read = 1 << 2,
  folder_read = 1 << 3,
  file_truncate = 1 << 14,
  device_control = 1 << 15,
};
struct ruleset {
  uint64_t files, network, scopes;
};
struct files_below {
  uint64_t allowed;
  int32_t folder;
} __attribute__((packed));

int csandbox_landlock_version(void) {
  long version = syscall(create_ruleset, NULL, 0, 1);
  return version > 0 ? (int)version : 0;
}

// All that the kernel's version can limit of files.
static uint64_t all_of_files(int version) {
  uint64_t all = (1 << 13) - 1;
  if (version >= 2) all |= 1 << 13;
  if (version >= 3) all |= file_truncate;
  if (version >= 5) all |= device_control;
  return all;
}

static void allow(int rules, const char *path, uint64_t allowed) {
  int descriptor = open(path, O_PATH | O_CLOEXEC);
  if (descriptor < 0) return;
  struct stat status;
  if (fstat(descriptor, &status) == 0) {
    if (!S_ISDIR(status.st_mode)) allowed &= file_execute | file_write | file_read | file_truncate | device_control;
    struct files_below below = {.allowed = allowed, .folder = descriptor};
    syscall(add_rule, rules, 1, &below, 0);
  }
  close(descriptor);
}

// Returns -1 where the kernel has no Landlock.
static int rules_of(const struct csandbox_program *program) {
  int version = csandbox_landlock_version();
  if (version == 0) return -1;
  // From its sixth version: no signals and no abstract sockets to processes outside.
  struct ruleset what = {.files = all_of_files(version), .scopes = version >= 6 ? 3 : 0};
  size_t size = version >= 6 ? sizeof what : version >= 4 ? 16 : 8;
  int rules = (int)syscall(create_ruleset, &what, size, 0);
  if (rules < 0) return -1;
  for (const char *const *path = program->readable; *path; path++)
    allow(rules, *path, file_execute | file_read | folder_read);
  for (const char *const *path = program->writable; *path; path++) allow(rules, *path, what.files);
  return rules;
}

struct start {
  const struct csandbox_program *program;
  int rules;
  uid_t user;
  gid_t group;
  int has_own_users;
  int error;
};

static int write_text(const char *path, const char *text) {
  int descriptor = open(path, O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  ssize_t written = write(descriptor, text, strlen(text));
  close(descriptor);
  return written < 0 ? -1 : 0;
}

// `NUMBER NUMBER 1`, without functions of the C library that may take locks.
static void map_of(char *text, unsigned number) {
  char digits[12];
  int count = 0;
  do {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number);
  char *end = text;
  for (int turn = 0; turn < 2; turn++) {
    for (int index = count - 1; index >= 0; index--) *end++ = digits[index];
    *end++ = ' ';
  }
  *end++ = '1';
  *end = 0;
}

static int keep_own_numbers(const struct start *start) {
  char map[32];
  if (write_text("/proc/self/setgroups", "deny") < 0) return -1;
  map_of(map, start->group);
  if (write_text("/proc/self/gid_map", map) < 0) return -1;
  map_of(map, start->user);
  return write_text("/proc/self/uid_map", map);
}

static void limit(int what, uint64_t most) {
  if (most == 0) return;
  struct rlimit now;
  getrlimit(what, &now);
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) most = now.rlim_max;
  struct rlimit limit = {most, most};
  setrlimit(what, &limit);
}

static const struct {
  uint32_t version;
  int process;
} capabilities = {0x20080522, 0};

// Gives up every capability; `no_new_privs` sees to it that none comes back.
static void drop_privileges(void) {
  uint32_t none[6] = {0};
  syscall(SYS_capset, &capabilities, none);
}

// Takes the capability over its own space along into the program, where a user that is not root would lose it.
static void keep_own_space(void) {
  enum { administration = 21 };
  uint32_t bit = 1u << administration, one[6] = {bit, bit, bit};
  syscall(SYS_capset, &capabilities, one);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, administration, 0, 0);
}

// Runs in the new process, which shares its memory with this one, whose thread waits: nothing but system calls.
static int run(void *argument) {
  struct start *start = argument;
  const struct csandbox_program *program = start->program;
  struct sigaction by_default = {.sa_handler = SIG_DFL};
  for (int number = 1; number < 65; number++) sigaction(number, &by_default, NULL);
  if (start->has_own_users && keep_own_numbers(start) < 0) goto failed;
  if (setsid() < 0 || chdir(program->folder) < 0) goto failed;
  // Above the three first, so that none of them is closed by the next.
  int input = fcntl(program->input, F_DUPFD, 3), output = fcntl(program->output, F_DUPFD, 3),
      errors = fcntl(program->errors, F_DUPFD, 3), rules = start->rules < 0 ? -1 : fcntl(start->rules, F_DUPFD, 3);
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) goto failed;
  if (!program->is_starter) {
    limit(RLIMIT_DATA, program->memory);
    limit(RLIMIT_FSIZE, program->file_size);
    limit(RLIMIT_CPU, program->processor_seconds);
  }
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) goto failed;
  if (rules >= 0 && syscall(restrict_self, rules, 0) < 0) goto failed;
  if (!program->is_starter) {
    drop_privileges();
  } else if (start->has_own_users) {
    keep_own_space();
  }
  if (syscall(SYS_close_range, 3, ~0u, 0) < 0) {
    for (int descriptor = 3; descriptor < 4096; descriptor++) close(descriptor);
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigprocmask(SIG_SETMASK, &signals, NULL);
  execve(program->path, program->arguments, program->variables);
failed:
  start->error = errno ? errno : EINVAL;
  _exit(127);
}

int csandbox_start(pid_t *process, int *has_own_processes, const struct csandbox_program *program) {
  const size_t size = 256 << 10;
  char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return errno;
  int rules = program->is_starter ? -1 : rules_of(program);
  uid_t user = geteuid();
  // One after the other: a kernel or a container may refuse some. Root needs no space of users where it may make one of processes.
  int processes = program->is_starter ? 0 : CLONE_NEWPID;
  int choices[] = {user == 0 ? processes : processes | CLONE_NEWUSER, processes | CLONE_NEWUSER, 0};
  int first = user == 0 ? 0 : 1, last = program->is_starter && user == 0 ? 0 : 2;
  struct start start = {.program = program, .rules = rules, .user = user, .group = getegid()};

  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t made = -1;
  for (int turn = first; turn <= last; turn++) {
    start.error = 0;
    start.has_own_users = (choices[turn] & CLONE_NEWUSER) != 0;
    made = clone(run, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD | choices[turn], &start);
    if (made < 0) {
      start.error = errno;
    } else if (start.error == 0) {
      *has_own_processes = (choices[turn] & CLONE_NEWPID) != 0;
      break;
    } else {
      int status;
      while (waitpid(made, &status, 0) < 0 && errno == EINTR) {}
      made = -1;
      // What fails with the program itself fails again.
      if (choices[turn] == 0 || !start.has_own_users) break;
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  munmap(stack, size);
  if (rules >= 0) close(rules);
  if (made < 0) return start.error;
  *process = made;
  return 0;
}
