#ifndef TARN_CMICROHTTPD_SHIM_H
#define TARN_CMICROHTTPD_SHIM_H

#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

// MHD_start_daemon and the functions that ask for information take variable arguments, which Swift cannot pass: one
// function for each use of them.

/// What a daemon is started with. All callbacks get `context` first.
struct tarn_mhd_settings {
  int listen_socket;
  size_t memory_for_each_connection;
  unsigned int most_connections;
  /// 0: any number.
  unsigned int most_connections_of_address;
  /// PEM texts, or NULL without TLS.
  const char *certificate;
  const char *key;
  const char *tls_priorities;
  void *context;
  MHD_AccessHandlerCallback handle;
  void *(*request_line)(void *context, const char *target, struct MHD_Connection *connection);
  MHD_NotifyConnectionCallback connection_changed;
  MHD_RequestCompletedCallback request_ended;
  void (*log)(void *context, const char *message);
};

static inline void tarn_mhd_log(void *settings, const char *format, va_list arguments) {
  const struct tarn_mhd_settings *given = (const struct tarn_mhd_settings *)settings;
  char message[512];
  vsnprintf(message, sizeof message, format, arguments);
  given->log(given->context, message);
}

/// The target is decoded by the caller, who needs to know what was sent.
static inline size_t tarn_mhd_keep_escaped(void *context, struct MHD_Connection *connection, char *text) {
  (void)context;
  (void)connection;
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

/// Ends the connection after the response, which then needs no chunks.
static inline void tarn_mhd_close_after(struct MHD_Response *response) {
  MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}

/// Starts a daemon that is driven from outside, by `MHD_run`. `settings` has to live as long as it.
static inline struct MHD_Daemon *tarn_mhd_start(struct tarn_mhd_settings *settings) {
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)settings->certificate},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)settings->key},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)settings->tls_priorities},
      {MHD_OPTION_END, 0, NULL},
  };
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  if (settings->certificate) flags |= MHD_USE_TLS;
  return MHD_start_daemon(
      flags, 0, NULL, NULL, settings->handle, settings->context,
      MHD_OPTION_EXTERNAL_LOGGER, &tarn_mhd_log, (void *)settings,
      MHD_OPTION_LISTEN_SOCKET, settings->listen_socket,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->memory_for_each_connection,
      MHD_OPTION_CONNECTION_LIMIT, settings->most_connections,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->most_connections_of_address,
      MHD_OPTION_URI_LOG_CALLBACK, settings->request_line, settings->context,
      MHD_OPTION_UNESCAPE_CALLBACK, &tarn_mhd_keep_escaped, (void *)NULL,
      MHD_OPTION_NOTIFY_CONNECTION, settings->connection_changed, settings->context,
      MHD_OPTION_NOTIFY_COMPLETED, settings->request_ended, settings->context,
      MHD_OPTION_ARRAY, settings->certificate ? tls : none,
      MHD_OPTION_END);
}

/// The descriptor that becomes readable when the daemon has something to do, or -1.
static inline int tarn_mhd_epoll_descriptor(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info ? info->epoll_fd : -1;
}

/// How long the daemon may be left alone, in milliseconds, or -1 for ever.
static inline int tarn_mhd_timeout(struct MHD_Daemon *daemon) {
  MHD_UNSIGNED_LONG_LONG milliseconds = 0;
  if (MHD_YES != MHD_get_timeout(daemon, &milliseconds)) return -1;
  return milliseconds > 60000 ? 60000 : (int)milliseconds;
}

static inline int tarn_mhd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

static inline const struct sockaddr *tarn_mhd_peer(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : NULL;
}

/// What was stored by `connection_changed`.
static inline void *tarn_mhd_connection_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

/// How many bytes the head of the request has, once it is whole.
static inline size_t tarn_mhd_head_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

/// Sends bytes at once, without waiting, past the daemon, which must have nothing to send itself. How many were taken, or less than 0.
static inline ssize_t tarn_mhd_send(struct MHD_Connection *connection, const void *bytes, size_t count) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (info && info->tls_session) return gnutls_record_send((gnutls_session_t)info->tls_session, bytes, count);
  return send(tarn_mhd_socket(connection), bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// epoll_event is a packed struct with a union inside, which Swift reads badly.

static inline int tarn_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t id) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = id;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int tarn_epoll_remove(int epoll, int descriptor) {
  return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

/// Waits, and gives the ids of what has an event. How many, or -1.
static inline int tarn_epoll_wait(int epoll, uint64_t *ids, int capacity, int milliseconds) {
  struct epoll_event events[64];
  int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, milliseconds);
  for (int i = 0; i < count; i++) ids[i] = events[i].data.u64;
  return count < 0 && errno == EINTR ? 0 : count;
}

/// Readable, at the level.
static const uint32_t TARN_EPOLL_READABLE = EPOLLIN;
/// The other side has gone, once.
static const uint32_t TARN_EPOLL_GONE = EPOLLRDHUP | EPOLLET;

static inline int tarn_epoll_make(void) {
  return epoll_create1(EPOLL_CLOEXEC);
}

static inline int tarn_eventfd_make(void) {
  return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

#endif
