#ifndef CBARELAKE_H
#define CBARELAKE_H

#include <stdint.h>

// A lake attached with nothing but DuckDB's C API, and one prepared point query on it, in autocommit.

typedef struct CBareLake CBareLake;

// Opens DuckDB with unsigned extensions allowed, runs the set-up statements, prepares the query. NULL when one fails;
// the reason is printed on standard error.
CBareLake *c_bare_lake_open(const char *const *setup, int setup_count, const char *query);

// Runs the query with one BIGINT parameter and reads all values. Returns the number of rows, -1 on failure.
int64_t c_bare_lake_query(CBareLake *lake, int64_t parameter);

void c_bare_lake_close(CBareLake *lake);

#endif
