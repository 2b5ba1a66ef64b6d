#ifndef CDUCKDBREADING_H
#define CDUCKDBREADING_H

#include <stdint.h>

// The same reading as in the DuckDBReading target, written in C against DuckDB's C API.

typedef struct CDuckDBReader CDuckDBReader;

// Opens a database file read-only. NULL when that fails.
CDuckDBReader *c_duckdb_reader_open(const char *path);

void c_duckdb_reader_close(CDuckDBReader *reader);

// Reads a query of columns BIGINT, INTEGER, DOUBLE, VARCHAR, DATE, DECIMAL(18,2), BOOLEAN into arrays that grow.
// Returns how many rows, or -1 when the query fails. The arrays must be empty before.
int64_t c_duckdb_read(CDuckDBReader *reader, const char *sql);

// Empties the arrays and frees their memory.
void c_duckdb_clear(CDuckDBReader *reader);

// A number made of all values that were read last.
uint64_t c_duckdb_checksum(const CDuckDBReader *reader);

#endif
