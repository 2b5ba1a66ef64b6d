// SQL as tagged templates: what stands in `${}` is bound as a parameter, never put into the text.

import { ApiError, baseAddress, json } from "./transport.ts";

export type ResultCollection =
  | "last_statement_all_rows"
  | "last_statement_first_row"
  | "last_statement_all_rows_scalar"
  | "last_statement_first_row_scalar"
  | "all_statements_all_rows"
  | "all_statements_first_row"
  | "all_statements_all_rows_scalar"
  | "all_statements_first_row_scalar"
  | "legacy";

// deno-lint-ignore no-explicit-any
export type Row = any;

export interface FetchParams<C extends ResultCollection = ResultCollection> {
  resultCollection?: C;
}

/** A statement that runs when one of its functions is called. */
export interface SqlStatement<T = Row> {
  /** The text as it is sent. */
  readonly content: string;
  /** The parameters as they are sent. */
  readonly args: Record<string, unknown>;
  /** All rows. */
  fetch(params?: FetchParams): Promise<T[]>;
  /** The first row, or null. */
  fetchOne(params?: FetchParams): Promise<T>;
  /** The first value of the first row, or null. */
  fetchOneScalar(params?: FetchParams): Promise<Row>;
  /** For what it does alone. */
  execute(): Promise<void>;
}

/** Text that is put into the statement as it is. */
export class RawSql {
  readonly __brand = "RawSql";
  constructor(readonly value: string) {}
}

export interface SqlTemplateFunction {
  <T = Row>(strings: TemplateStringsArray, ...values: unknown[]): SqlStatement<T>;
  /** Text that is put into the statement as it is: a name, never a value from outside. */
  raw(value: string): RawSql;
  /** A statement by its text and its parameters: `$1`, `$2`, … */
  query<T = Row>(text: string, ...params: unknown[]): SqlStatement<T>;
}

export type DatatableSqlTemplateFunction = SqlTemplateFunction;

/** SQL on a lake. */
export function ducklake(name = "main"): SqlTemplateFunction {
  return template({
    provider: "ducklake",
    language: "duckdb",
    prologue: `ATTACH 'ducklake://${name}' AS dl;USE dl;\n`,
    directives: [],
    args: {},
    declare: (place, type) => `-- $arg${place} (${type})`,
    use: (place) => `$arg${place}`,
  });
}

/** SQL on a data table: a PostgreSQL database of the workspace; `name:schema` or `:schema` chooses a schema. */
export function datatable(name = "main", options: { role?: string } = {}): DatatableSqlTemplateFunction {
  const [database, schema] = name.split(":", 2);
  if (options.role !== undefined && !/^[A-Za-z0-9_-]{1,63}$/.test(options.role)) {
    throw new Error(`'${options.role}' is no name of a role`);
  }
  return template({
    provider: "datatable",
    language: "postgresql",
    prologue: schema ? `SET search_path TO "${schema.replaceAll('"', '""')}";\n` : "",
    directives: options.role ? [`-- role ${options.role}`] : [],
    args: { database: `datatable://${database || "main"}` },
    declare: (place) => `-- $${place} arg${place}`,
    use: (place, type, isTyped) => isTyped ? `$${place}` : `$${place}::${type}`,
  });
}

interface Dialect {
  provider: string;
  language: string;
  prologue: string;
  directives: string[];
  args: Record<string, unknown>;
  declare(place: number, type: string): string;
  use(place: number, type: string, isTyped: boolean): string;
}

function template(dialect: Dialect): SqlTemplateFunction {
  const tag = <T>(strings: TemplateStringsArray, ...values: unknown[]): SqlStatement<T> => {
    const declarations: string[] = [];
    const args: Record<string, unknown> = { ...dialect.args };
    let body = strings[0];
    values.forEach((value, index) => {
      const after = strings[index + 1];
      if (value instanceof RawSql) {
        body += value.value + after;
        return;
      }
      const place = declarations.length + 1;
      const type = sqlType(value);
      declarations.push(dialect.declare(place, type));
      args[`arg${place}`] = value === undefined ? null : value;
      body += dialect.use(place, type, hasType(body, after)) + after;
    });
    return statement<T>(dialect, declarations, body, args);
  };
  const query = <T>(text: string, ...params: unknown[]): SqlStatement<T> => {
    const args: Record<string, unknown> = { ...dialect.args };
    const declarations = params.map((value, index) => {
      args[`arg${index + 1}`] = value === undefined ? null : value;
      return dialect.declare(index + 1, sqlType(value));
    });
    // A lake's parameters have names.
    const body = dialect.language === "duckdb"
      ? text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)\b/g, (all, place) => place ? `$arg${place}` : all)
      : text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)\b(\s*::)?/g, (all, place, typed) => {
        const index = Number(place) - 1;
        return !place || typed || index >= params.length ? all : `$${place}::${sqlType(params[index])}`;
      });
    return statement<T>(dialect, declarations, body, args);
  };
  return Object.assign(tag, { raw: (value: string) => new RawSql(value), query });
}

/** Whether the text around a value names its type: `${x}::int`, `CAST(${x} AS int)`. */
function hasType(before: string, after: string): boolean {
  return /^\s*::/.test(after) || (/\bcast\s*\(\s*$/i.test(before) && /^\s+as\s/i.test(after));
}

function sqlType(value: unknown): string {
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) ? "BIGINT" : "DOUBLE PRECISION";
    case "bigint":
      return BigInt.asIntN(64, value) === value ? "BIGINT" : "NUMERIC";
    case "boolean":
      return "BOOLEAN";
    case "object":
      if (value === null) return "TEXT";
      return value instanceof Date ? "TIMESTAMPTZ" : "JSON";
    default:
      return "TEXT";
  }
}

function statement<T>(
  dialect: Dialect,
  declarations: string[],
  body: string,
  args: Record<string, unknown>,
): SqlStatement<T> {
  const content = (collection?: ResultCollection) => {
    const first = collection ? [`-- result_collection=${collection}`] : [];
    const lines = [...first, ...dialect.directives, ...declarations];
    return (lines.length > 0 ? lines.join("\n") + "\n" : "") + dialect.prologue + body;
  };
  const run = async <R>(collection?: ResultCollection): Promise<R> => {
    const text = content(collection);
    // As wmill does: its own machine's server has a shorter way.
    const isNear = /^https?:\/\/(localhost|127\.0\.0\.1)(:|\/|$)/.test(baseAddress());
    const route = isNear ? "jobs/run_inline/preview" : "jobs/run_wait_result/preview";
    try {
      return await json<R>("POST", route, { body: { content: text, language: dialect.language, args } });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const message = error.body.replace(/^(Internal:|Error:|datatable|ducklake|\s)+/, "");
      throw Object.assign(new Error(`${dialect.provider} ${message}`), {
        query: { content: text, args },
        status: error.status,
      });
    }
  };
  return {
    content: content(),
    args,
    fetch: (params) => run<T[]>(params?.resultCollection),
    fetchOne: (params) => run<T>(params?.resultCollection ?? "last_statement_first_row"),
    fetchOneScalar: (params) => run<Row>(params?.resultCollection ?? "last_statement_first_row_scalar"),
    execute: async () => {
      await run<unknown>();
    },
  };
}
