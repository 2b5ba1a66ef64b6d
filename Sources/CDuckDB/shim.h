#ifndef TARN_CDUCKDB_SHIM_H
#define TARN_CDUCKDB_SHIM_H

// duckdb.h is DuckDB 1.5.5's own C header. `make setup` takes it from the source distribution
// (checked against versions.lock) and puts it beside this file; git ignores it.
#if __has_include("duckdb.h")
#include "duckdb.h"
#else
#error "Sources/CDuckDB/duckdb.h is missing. Run: make setup"
#endif

#endif
