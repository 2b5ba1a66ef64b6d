// Preloaded into a process under test: makes chosen system calls fail or end the process, writes down their order, and
// moves the wall clock. Tests steer it through a page of a file that it maps (FaultInjector.swift has the same layout).

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
  int64_t clock_offset_us;
  int64_t armed;
  int64_t action; // a number of errno.h, or -1 to end the process as kill -9 does
  int64_t after;  // so many calls that fit are let through first
  int64_t times;  // so many calls fail; -1 for all
  int64_t matched;
  int64_t fired;
  int64_t tracing;
  char reserved[192];
  char calls[256];  // names between commas
  char paths[3584]; // parts of paths between line ends; none for all
};

static struct control idle;
static struct control *control = &idle;
static int trace = -1;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("TARN_FAULTS_CONTROL");
  if (!path) return;
  int file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  syscall(SYS_close, file);
  if (page == MAP_FAILED) return;
  control = page;
  char name[4096];
  snprintf(name, sizeof name, "%s.trace", path);
  trace = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static int lists(const char *list, char separator, const char *text, int whole) {
  if (!*list) return !whole;
  const char *start = list;
  for (;;) {
    const char *end = strchr(start, separator);
    size_t length = end ? (size_t)(end - start) : strlen(start);
    if (whole ? strlen(text) == length && !strncmp(text, start, length)
              : length > 0 && memmem(text, strlen(text), start, length) != NULL)
      return 1;
    if (!end) return 0;
    start = end + 1;
  }
}

// Returns the number of the error that the call shall fail with, or 0.
static int meet(const char *call, const char *path, ino_t inode, const char *note) {
  if (control->tracing && trace >= 0) {
    char line[4500];
    int length = snprintf(line, sizeof line, "%s\t%llu\t%s\t%s\n", call, (unsigned long long)inode, path, note);
    if (length > 0) syscall(SYS_write, trace, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
  }
  if (!control->armed || !lists(control->calls, ',', call, 1) || !lists(control->paths, '\n', path, 0)) return 0;
  int64_t number = __sync_add_and_fetch(&control->matched, 1);
  if (number <= control->after) return 0;
  if (control->times >= 0 && number > control->after + control->times) return 0;
  __sync_add_and_fetch(&control->fired, 1);
  if (control->action < 0) syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  return (int)control->action;
}

static int is_idle(void) { return !control->armed && !control->tracing; }

static int meet_file(const char *call, int file, const char *note) {
  if (is_idle()) return 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  struct stat about;
  return meet(call, path, fstat(file, &about) == 0 ? about.st_ino : 0, note);
}

static int meet_path(const char *call, const char *path) {
  if (is_idle()) return 0;
  struct stat about;
  return meet(call, path, stat(path, &about) == 0 ? about.st_ino : 0, "");
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL_IF(meeting) \
  do { \
    int error = (meeting); \
    if (error) { \
      errno = error; \
      return -1; \
    } \
  } while (0)

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(write);
  FAIL_IF(meet_file("write", file, ""));
  return real(file, bytes, count);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  REAL(pwrite);
  FAIL_IF(meet_file("write", file, ""));
  return real(file, bytes, count, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  FAIL_IF(meet_file("write", file, ""));
  return real(file, bytes, count, offset);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
  REAL(writev);
  FAIL_IF(meet_file("write", file, ""));
  return real(file, parts, count);
}
int fsync(int file) {
  REAL(fsync);
  FAIL_IF(meet_file("sync", file, ""));
  return real(file);
}
int fdatasync(int file) {
  REAL(fdatasync);
  FAIL_IF(meet_file("sync", file, ""));
  return real(file);
}
int syncfs(int file) {
  REAL(syncfs);
  FAIL_IF(meet_file("sync", file, "syncfs"));
  return real(file);
}
int ftruncate(int file, off_t length) {
  REAL(ftruncate);
  FAIL_IF(meet_file("truncate", file, ""));
  return real(file, length);
}
int ftruncate64(int file, off64_t length) {
  REAL(ftruncate64);
  FAIL_IF(meet_file("truncate", file, ""));
  return real(file, length);
}
int unlink(const char *path) {
  REAL(unlink);
  FAIL_IF(meet_path("unlink", path));
  return real(path);
}
int remove(const char *path) {
  REAL(remove);
  FAIL_IF(meet_path("unlink", path));
  return real(path);
}
int rename(const char *from, const char *to) {
  REAL(rename);
  FAIL_IF(meet_path("rename", from));
  return real(from, to);
}
int link(const char *from, const char *to) {
  REAL(link);
  FAIL_IF(meet_path("link", from));
  return real(from, to);
}

static int meet_open(const char *path, int flags) {
  if (is_idle() || !(flags & O_CREAT)) return 0;
  return meet_path("open", path);
}
int open(const char *path, int flags, ...) {
  REAL(open);
  va_list list;
  va_start(list, flags);
  mode_t mode = va_arg(list, mode_t);
  va_end(list);
  FAIL_IF(meet_open(path, flags));
  return real(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  REAL(open64);
  va_list list;
  va_start(list, flags);
  mode_t mode = va_arg(list, mode_t);
  va_end(list);
  FAIL_IF(meet_open(path, flags));
  return real(path, flags, mode);
}

ssize_t send(int file, const void *bytes, size_t count, int flags) {
  REAL(send);
  if (!is_idle()) {
    // A simple query of PostgreSQL's protocol: its text tells where the catalog commits.
    char note[64] = "";
    const char *text = bytes;
    if (count > 5 && text[0] == 'Q') {
      snprintf(note, sizeof note, "%.*s", (int)(count - 5 < 60 ? count - 5 : 60), text + 5);
      for (char *c = note; *c; c++)
        if (*c == '\n' || *c == '\t') *c = ' ';
    }
    FAIL_IF(meet_file("send", file, note));
  }
  return real(file, bytes, count, flags);
}

static void shift(int64_t *seconds, long *rest, long unit) {
  int64_t offset = control->clock_offset_us;
  if (!offset) return;
  int64_t second = 1000000000 / unit;
  int64_t total = *rest + (offset % 1000000) * 1000 / unit;
  *seconds += offset / 1000000;
  while (total < 0) total += second, --*seconds;
  while (total >= second) total -= second, ++*seconds;
  *rest = total;
}
int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) {
    int64_t seconds = time->tv_sec;
    shift(&seconds, &time->tv_nsec, 1);
    time->tv_sec = seconds;
  }
  return result;
}
int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  int result = syscall(SYS_gettimeofday, time, zone);
  if (result == 0) {
    int64_t seconds = time->tv_sec;
    long rest = time->tv_usec;
    shift(&seconds, &rest, 1000);
    time->tv_sec = seconds;
    time->tv_usec = rest;
  }
  return result;
}
time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}
