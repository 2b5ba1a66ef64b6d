#ifndef TARN_CPOSTGRESQL_SHIM_H
#define TARN_CPOSTGRESQL_SHIM_H

// Debian keeps the header in a folder of its own, other systems do not.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif
#include <poll.h>
#include <sys/socket.h>

#endif
