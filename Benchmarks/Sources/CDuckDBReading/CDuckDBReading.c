#include "CDuckDBReading.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../../Sources/CDuckDB/duckdb.h"

typedef struct {
  char *data;
  size_t count;
  size_t capacity;
} Buffer;

struct CDuckDBReader {
  duckdb_database database;
  duckdb_connection connection;
  Buffer bigints, integers, integer_validity, doubles, text_bytes, text_offsets, dates, decimals, booleans;
  int64_t rows;
};

static char *room(Buffer *buffer, size_t additional) {
  if (buffer->count + additional > buffer->capacity) {
    size_t capacity = buffer->capacity < 4096 ? 4096 : buffer->capacity;
    while (capacity < buffer->count + additional) capacity *= 2;
    buffer->data = realloc(buffer->data, capacity);
    if (!buffer->data) abort();
    buffer->capacity = capacity;
  }
  return buffer->data + buffer->count;
}

static void append(Buffer *buffer, const void *data, size_t size) {
  memcpy(room(buffer, size), data, size);
  buffer->count += size;
}

static void empty(Buffer *buffer) {
  free(buffer->data);
  memset(buffer, 0, sizeof *buffer);
}

void c_duckdb_clear(CDuckDBReader *reader) {
  empty(&reader->bigints);
  empty(&reader->integers);
  empty(&reader->integer_validity);
  empty(&reader->doubles);
  empty(&reader->text_bytes);
  empty(&reader->text_offsets);
  empty(&reader->dates);
  empty(&reader->decimals);
  empty(&reader->booleans);
  reader->rows = 0;
}

CDuckDBReader *c_duckdb_reader_open(const char *path) {
  CDuckDBReader *reader = calloc(1, sizeof *reader);
  duckdb_config config;
  duckdb_create_config(&config);
  duckdb_set_config(config, "access_mode", "READ_ONLY");
  bool is_open = duckdb_open_ext(path, &reader->database, config, NULL) == DuckDBSuccess
    && duckdb_connect(reader->database, &reader->connection) == DuckDBSuccess;
  duckdb_destroy_config(&config);
  if (is_open) return reader;
  c_duckdb_reader_close(reader);
  return NULL;
}

void c_duckdb_reader_close(CDuckDBReader *reader) {
  c_duckdb_clear(reader);
  duckdb_disconnect(&reader->connection);
  duckdb_close(&reader->database);
  free(reader);
}

static void *data_of(duckdb_data_chunk chunk, idx_t column) {
  return duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column));
}

static void append_validity(Buffer *bits, size_t row, uint64_t *validity, size_t count) {
  size_t words = (row + count + 63) / 64;
  if (words * 8 > bits->count) {
    char *start = room(bits, words * 8 - bits->count);
    memset(start, 0, words * 8 - bits->count);
    bits->count = words * 8;
  }
  uint64_t *target = (uint64_t *)bits->data;
  for (size_t index = 0; index * 64 < count; index++) {
    size_t used = count - index * 64 < 64 ? count - index * 64 : 64;
    uint64_t word = (validity ? validity[index] : ~0ull) & (used == 64 ? ~0ull : (1ull << used) - 1);
    size_t place = row + index * 64, shift = place % 64;
    target[place / 64] |= word << shift;
    if (shift && used > 64 - shift) target[place / 64 + 1] |= word >> (64 - shift);
  }
}

static void append_strings(CDuckDBReader *reader, duckdb_string_t *strings, size_t count) {
  int64_t *offsets = (int64_t *)room(&reader->text_offsets, count * sizeof(int64_t));
  size_t end = reader->text_bytes.count;
  for (size_t row = 0; row < count; row++) {
    end += strings[row].value.inlined.length;
    offsets[row] = (int64_t)end;
  }
  reader->text_offsets.count += count * sizeof(int64_t);
  char *target = room(&reader->text_bytes, end - reader->text_bytes.count);
  for (size_t row = 0; row < count; row++) {
    uint32_t length = strings[row].value.inlined.length;
    const char *source = length <= 12 ? strings[row].value.inlined.inlined : strings[row].value.pointer.ptr;
    memcpy(target, source, length);
    target += length;
  }
  reader->text_bytes.count = end;
}

static void append_chunk(CDuckDBReader *reader, duckdb_data_chunk chunk) {
  size_t count = duckdb_data_chunk_get_size(chunk);
  append(&reader->bigints, data_of(chunk, 0), count * 8);
  append(&reader->integers, data_of(chunk, 1), count * 4);
  append_validity(&reader->integer_validity, (size_t)reader->rows,
    duckdb_vector_get_validity(duckdb_data_chunk_get_vector(chunk, 1)), count);
  append(&reader->doubles, data_of(chunk, 2), count * 8);
  append_strings(reader, data_of(chunk, 3), count);
  append(&reader->dates, data_of(chunk, 4), count * 4);
  append(&reader->decimals, data_of(chunk, 5), count * 8);
  append(&reader->booleans, data_of(chunk, 6), count);
  reader->rows += (int64_t)count;
}

int64_t c_duckdb_read(CDuckDBReader *reader, const char *sql) {
  duckdb_prepared_statement statement;
  if (duckdb_prepare(reader->connection, sql, &statement) != DuckDBSuccess) {
    duckdb_destroy_prepare(&statement);
    return -1;
  }
  duckdb_result result;
  bool is_running = duckdb_execute_prepared_streaming(statement, &result) == DuckDBSuccess;
  duckdb_data_chunk chunk;
  while (is_running && (chunk = duckdb_fetch_chunk(result))) {
    append_chunk(reader, chunk);
    duckdb_destroy_data_chunk(&chunk);
  }
  bool has_failed = !is_running || duckdb_result_error(&result);
  duckdb_destroy_result(&result);
  duckdb_destroy_prepare(&statement);
  return has_failed ? -1 : reader->rows;
}

static uint64_t mix(uint64_t hash, const Buffer *buffer) {
  for (size_t index = 0; index < buffer->count; index++) {
    hash = (hash ^ (unsigned char)buffer->data[index]) * 0x100000001b3ull;
  }
  return hash;
}

uint64_t c_duckdb_checksum(const CDuckDBReader *reader) {
  uint64_t hash = 0xcbf29ce484222325ull;
  hash = mix(hash, &reader->bigints);
  hash = mix(hash, &reader->integer_validity);
  hash = mix(hash, &reader->doubles);
  hash = mix(hash, &reader->text_bytes);
  hash = mix(hash, &reader->text_offsets);
  hash = mix(hash, &reader->dates);
  hash = mix(hash, &reader->decimals);
  return mix(hash, &reader->booleans);
}
