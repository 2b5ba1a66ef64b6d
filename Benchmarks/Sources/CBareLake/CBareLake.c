#include "CBareLake.h"
#include "duckdb.h"
#include <stdio.h>
#include <stdlib.h>

struct CBareLake {
  duckdb_database database;
  duckdb_connection connection;
  duckdb_prepared_statement statement;
  uint64_t touched;
};

static int run(duckdb_connection connection, const char *sql) {
  duckdb_result result;
  int failed = duckdb_query(connection, sql, &result) == DuckDBError;
  if (failed) fprintf(stderr, "%s: %s\n", sql, duckdb_result_error(&result));
  duckdb_destroy_result(&result);
  return failed;
}

CBareLake *c_bare_lake_open(const char *const *setup, int setup_count, const char *query) {
  CBareLake *lake = calloc(1, sizeof *lake);
  duckdb_config config;
  duckdb_create_config(&config);
  duckdb_set_config(config, "allow_unsigned_extensions", "true");
  int failed = duckdb_open_ext(NULL, &lake->database, config, NULL) == DuckDBError ||
               duckdb_connect(lake->database, &lake->connection) == DuckDBError;
  duckdb_destroy_config(&config);
  for (int i = 0; i < setup_count && !failed; i++) failed = run(lake->connection, setup[i]);
  if (!failed && duckdb_prepare(lake->connection, query, &lake->statement) == DuckDBError) {
    fprintf(stderr, "%s: %s\n", query, duckdb_prepare_error(lake->statement));
    failed = 1;
  }
  if (!failed) return lake;
  c_bare_lake_close(lake);
  return NULL;
}

int64_t c_bare_lake_query(CBareLake *lake, int64_t parameter) {
  duckdb_bind_int64(lake->statement, 1, parameter);
  duckdb_result result;
  if (duckdb_execute_prepared(lake->statement, &result) == DuckDBError) {
    fprintf(stderr, "%s\n", duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    return -1;
  }
  int64_t rows = 0;
  duckdb_data_chunk chunk;
  while ((chunk = duckdb_fetch_chunk(result)) != NULL) {
    rows += (int64_t)duckdb_data_chunk_get_size(chunk);
    for (idx_t column = 0; column < duckdb_data_chunk_get_column_count(chunk); column++) {
      uint8_t *data = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column));
      lake->touched += data[0];
    }
    duckdb_destroy_data_chunk(&chunk);
  }
  duckdb_destroy_result(&result);
  return rows;
}

void c_bare_lake_close(CBareLake *lake) {
  if (!lake) return;
  if (lake->statement) duckdb_destroy_prepare(&lake->statement);
  if (lake->connection) duckdb_disconnect(&lake->connection);
  if (lake->database) duckdb_close(&lake->database);
  free(lake);
}
