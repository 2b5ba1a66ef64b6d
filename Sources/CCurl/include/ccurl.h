// The part of libcurl that Tarn uses, taken from the library when it is first needed.
//
// A link to libcurl would keep every command from starting where the library is missing, and would ask for its
// development files to build. Its functions and numbers have been the same since libcurl.so.4 (2006).
#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>

/// Numbers of options, as libcurl fixes them.
enum {
  CCURL_OPTION_WRITE_CONTEXT = 10001,
  CCURL_OPTION_READ_CONTEXT = 10009,
  CCURL_OPTION_URL = 10002,
  CCURL_OPTION_ERROR_TEXT = 10010,
  CCURL_OPTION_HEADERS = 10023,
  CCURL_OPTION_HEADER_CONTEXT = 10029,
  CCURL_OPTION_METHOD = 10036,
  CCURL_OPTION_AUTHORITIES_FILE = 10065,
  CCURL_OPTION_AUTHORITIES_FOLDER = 10097,
  CCURL_OPTION_ENCODINGS = 10102,
  CCURL_OPTION_PRIVATE = 10103,
  CCURL_OPTION_BODY_COPY = 10165,
  CCURL_OPTION_WRITE_FUNCTION = 20011,
  CCURL_OPTION_READ_FUNCTION = 20012,
  CCURL_OPTION_HEADER_FUNCTION = 20079,
  CCURL_OPTION_UPLOAD_SIZE = 30115,
  CCURL_OPTION_BODY_SIZE = 30120,
  CCURL_OPTION_NO_BODY = 44,
  CCURL_OPTION_UPLOAD = 46,
  CCURL_OPTION_NO_SIGNAL = 99,
  CCURL_OPTION_CONNECT_MILLISECONDS = 156,
  CCURL_OPTION_PROTOCOLS = 181,
  CCURL_OPTION_PATH_AS_IS = 234,
  CCURL_OPTION_NO_PROXY_HEADERS = 265,
};

/// What `CCURL_OPTION_PROTOCOLS` takes: HTTP and HTTPS.
enum { CCURL_HTTP_AND_HTTPS = 3 };

/// The size that libcurl asks for a text of `CCURL_OPTION_ERROR_TEXT`.
enum { CCURL_ERROR_SIZE = 256 };

/// Results of transfers that mean more than "it failed".
enum {
  CCURL_OK = 0,
  CCURL_TIMED_OUT = 28,
  CCURL_CERTIFICATE_REFUSED_EARLIER = 51,
  CCURL_CERTIFICATE_REFUSED = 60,
  CCURL_AUTHORITIES_UNREADABLE = 77,
  CCURL_ISSUER_REFUSED = 83,
  CCURL_KEY_REFUSED = 90,
  CCURL_STATUS_REFUSED = 91,
};

/// Takes `size * count` bytes; another number than that as the result ends the transfer.
typedef size_t (*ccurl_receiver)(char *bytes, size_t size, size_t count, void *context);

/// Takes the library from the system. The functions below may be called only once this has returned NULL.
///
/// Not safe to call from several threads at the same time.
///
/// Returns NULL, or what is wrong, in a text that lasts.
const char *ccurl_load(void);

void *ccurl_easy_new(void);
void ccurl_easy_free(void *easy);
int ccurl_easy_set_number(void *easy, int option, long value);
int ccurl_easy_set_size(void *easy, int option, long long value);
int ccurl_easy_set_text(void *easy, int option, const char *value);
int ccurl_easy_set_pointer(void *easy, int option, void *value);
int ccurl_easy_set_receiver(void *easy, int option, ccurl_receiver value);
long ccurl_easy_status(void *easy);
void *ccurl_easy_private(void *easy);
const char *ccurl_result_text(int result);

/// Adds a copy of a text to a list, which may be NULL; returns the list, or NULL for lack of memory.
void *ccurl_list_add(void *list, const char *text);
void ccurl_list_free(void *list);

/// Is asked now and then whether a transfer is to end: anything but 0 ends it. The numbers say how far it is.
typedef int (*ccurl_watcher)(void *context, long long total, long long now, long long toSend, long long sent);

void ccurl_easy_set_watcher(void *easy, void *context, ccurl_watcher watcher);

/// Runs one transfer to its end, on the thread that calls.
int ccurl_easy_perform(void *easy);

/// What a reader gives back to end the transfer.
enum { CCURL_ABORT = 0x10000000 };

void *ccurl_multi_new(void);
void ccurl_multi_free(void *multi);
void ccurl_multi_set_parallel(void *multi, long perHost);
int ccurl_multi_add(void *multi, void *easy);
int ccurl_multi_remove(void *multi, void *easy);
/// Does what can be done without waiting.
int ccurl_multi_perform(void *multi);
/// Waits for something to do, for `ccurl_multi_wake`, or for so many milliseconds.
int ccurl_multi_wait(void *multi, int milliseconds);
/// Ends a wait; may be called from any thread.
int ccurl_multi_wake(void *multi);
/// A transfer that has ended and was not told of before: its result goes to `result`; NULL for none.
void *ccurl_multi_ended(void *multi, int *result);

#endif
