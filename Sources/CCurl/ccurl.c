#include "ccurl.h"

#include <dlfcn.h>
#include <stdio.h>

// Variadic in libcurl, which Swift cannot call: here each kind of value has a function of its own.
static int (*easy_setopt)(void *, int, ...);
static int (*easy_getinfo)(void *, int, ...);
static int (*multi_setopt)(void *, int, ...);
static int (*global_init)(long);
static void *(*easy_init)(void);
static void (*easy_cleanup)(void *);
static const char *(*easy_strerror)(int);
static int (*easy_perform)(void *);
static void *(*slist_append)(void *, const char *);
static void (*slist_free_all)(void *);
static void *(*multi_init)(void);
static int (*multi_cleanup)(void *);
static int (*multi_add_handle)(void *, void *);
static int (*multi_remove_handle)(void *, void *);
static int (*multi_perform)(void *, int *);
static int (*multi_poll)(void *, void *, unsigned, int, int *);
static int (*multi_wakeup)(void *);

struct message {
  int kind;
  void *easy;
  union {
    void *other;
    int result;
  } data;
};
static struct message *(*multi_info_read)(void *, int *);

enum {
  KIND_DONE = 1,
  INFO_STATUS = 0x200000 + 2,
  INFO_PRIVATE = 0x100000 + 21,
  MULTI_MAXIMUM_PER_HOST = 7,
  INITIALIZE_ALL = 3,
  OPTION_NO_WATCH = 43,
  OPTION_WATCH_CONTEXT = 10057,
  OPTION_WATCH = 20219,
};

static const struct {
  void *place;
  const char *name;
} functions[] = {
    {&easy_setopt, "curl_easy_setopt"},
    {&easy_getinfo, "curl_easy_getinfo"},
    {&multi_setopt, "curl_multi_setopt"},
    {&global_init, "curl_global_init"},
    {&easy_init, "curl_easy_init"},
    {&easy_cleanup, "curl_easy_cleanup"},
    {&easy_perform, "curl_easy_perform"},
    {&easy_strerror, "curl_easy_strerror"},
    {&slist_append, "curl_slist_append"},
    {&slist_free_all, "curl_slist_free_all"},
    {&multi_init, "curl_multi_init"},
    {&multi_cleanup, "curl_multi_cleanup"},
    {&multi_add_handle, "curl_multi_add_handle"},
    {&multi_remove_handle, "curl_multi_remove_handle"},
    {&multi_perform, "curl_multi_perform"},
    {&multi_poll, "curl_multi_poll"},
    {&multi_wakeup, "curl_multi_wakeup"},
    {&multi_info_read, "curl_multi_info_read"},
};

const char *ccurl_load(void) {
  static char problem[512];
  // Debian has one library for each way to do TLS, with the same functions.
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof names / sizeof *names; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (library == NULL) return "libcurl.so.4 cannot be found";
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *found = dlsym(library, functions[i].name);
    if (found == NULL) {
      snprintf(problem, sizeof problem, "the system's libcurl has no %s: it is older than 7.68", functions[i].name);
      return problem;
    }
    *(void **)functions[i].place = found;
  }
  return global_init(INITIALIZE_ALL) == 0 ? NULL : "the system's libcurl does not start";
}

void *ccurl_easy_new(void) { return easy_init(); }
void ccurl_easy_free(void *easy) { easy_cleanup(easy); }
int ccurl_easy_set_number(void *easy, int option, long value) { return easy_setopt(easy, option, value); }
int ccurl_easy_set_size(void *easy, int option, long long value) { return easy_setopt(easy, option, value); }
int ccurl_easy_set_text(void *easy, int option, const char *value) { return easy_setopt(easy, option, value); }
int ccurl_easy_set_pointer(void *easy, int option, void *value) { return easy_setopt(easy, option, value); }
int ccurl_easy_set_receiver(void *easy, int option, ccurl_receiver value) { return easy_setopt(easy, option, value); }

long ccurl_easy_status(void *easy) {
  long status = 0;
  easy_getinfo(easy, INFO_STATUS, &status);
  return status;
}

void *ccurl_easy_private(void *easy) {
  char *value = NULL;
  easy_getinfo(easy, INFO_PRIVATE, &value);
  return value;
}

void ccurl_easy_set_watcher(void *easy, void *context, ccurl_watcher watcher) {
  easy_setopt(easy, OPTION_WATCH_CONTEXT, context);
  easy_setopt(easy, OPTION_WATCH, watcher);
  easy_setopt(easy, OPTION_NO_WATCH, 0L);
}

int ccurl_easy_perform(void *easy) { return easy_perform(easy); }

const char *ccurl_result_text(int result) { return easy_strerror(result); }

void *ccurl_list_add(void *list, const char *text) { return slist_append(list, text); }
void ccurl_list_free(void *list) { slist_free_all(list); }

void *ccurl_multi_new(void) { return multi_init(); }
void ccurl_multi_free(void *multi) { multi_cleanup(multi); }
void ccurl_multi_set_parallel(void *multi, long perHost) { multi_setopt(multi, MULTI_MAXIMUM_PER_HOST, perHost); }
int ccurl_multi_add(void *multi, void *easy) { return multi_add_handle(multi, easy); }
int ccurl_multi_remove(void *multi, void *easy) { return multi_remove_handle(multi, easy); }

int ccurl_multi_perform(void *multi) {
  int running;
  return multi_perform(multi, &running);
}

int ccurl_multi_wait(void *multi, int milliseconds) { return multi_poll(multi, NULL, 0, milliseconds, NULL); }
int ccurl_multi_wake(void *multi) { return multi_wakeup(multi); }

void *ccurl_multi_ended(void *multi, int *result) {
  int left;
  struct message *message;
  while ((message = multi_info_read(multi, &left)) != NULL) {
    if (message->kind != KIND_DONE) continue;
    *result = message->data.result;
    return message->easy;
  }
  return NULL;
}
