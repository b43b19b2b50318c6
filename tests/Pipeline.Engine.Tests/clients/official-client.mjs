// Exercises an engine with the official client: node official-client.mjs SCENARIO
// CLIENTS names the folder of node_modules; ENGINE_URL, ENGINE_USER and ENGINE_PASSWORD the engine; TABLE a free table name.
// Prints what it saw as one JSON value.

import { createRequire } from 'node:module';
import { Readable } from 'node:stream';

const { createClient } = createRequire(`${process.env.CLIENTS}/`)('@clickhouse/client');
const table = process.env.TABLE;
const options = {
  url: process.env.ENGINE_URL,
  username: process.env.ENGINE_USER,
  password: process.env.ENGINE_PASSWORD,
  log: { level: 127 },
};
const client = createClient(options);

const rows = async (query, extra = {}) => (await client.query({ query, format: 'JSONEachRow', ...extra })).json();

const scenarios = {
  async ping() {
    return (await client.ping()).success;
  },

  async pingWithSelect() {
    return (await client.ping({ select: true })).success;
  },

  async parameters() {
    return rows('SELECT {n:UInt32} + 1 AS n, {s:String} AS s, {a:Array(UInt8)} AS a, {d:DateTime} AS d, {o:Nullable(String)} AS o', {
      query_params: { n: 41, s: "it's\t\\ é\n🙂", a: [1, 2, 3], d: new Date('2024-02-29T12:34:56Z'), o: null },
    });
  },

  async longParameter() {
    return rows('SELECT length({s:String}) AS bytes', { query_params: { s: 'x'.repeat(500_000) } });
  },

  async streamedInsert() {
    await client.command({ query: `CREATE TABLE ${table} (id UInt64, name String) ENGINE = MergeTree ORDER BY id` });
    const made = (function* () {
      for (let id = 0; id < 100_000; id++) yield { id, name: `name ${id}` };
    })();
    const result = await client.insert({ table, values: Readable.from(made), format: 'JSONEachRow' });
    const written = result.summary?.written_rows;
    const [counted] = await rows(`SELECT count() AS rows, sum(id) AS sum, uniqExact(name) AS names FROM ${table}`);
    return { written, ...counted };
  },

  async compressedInsert() {
    const zipped = createClient({ ...options, compression: { request: true, response: true } });
    await zipped.command({ query: `CREATE TABLE ${table} (id UInt64) ENGINE = MergeTree ORDER BY id` });
    await zipped.insert({ table, values: Array.from({ length: 10_000 }, (_, id) => ({ id })), format: 'JSONEachRow' });
    const answer = await (await zipped.query({ query: `SELECT count() AS rows, sum(id) AS sum FROM ${table}`, format: 'JSON' })).json();
    await zipped.close();
    return answer.data;
  },

  async streamedSelect() {
    const result = await client.query({ query: 'SELECT number FROM numbers(500000)', format: 'JSONEachRow' });
    let count = 0;
    for await (const chunk of result.stream()) count += chunk.length;
    return { count, queryId: result.query_id.length > 0 };
  },

  async errorCode() {
    try {
      await rows('SELECT * FROM no_such_table');
      return 'no error';
    } catch (error) {
      return { code: error.code, type: error.type };
    }
  },

  async lateError() {
    try {
      const result = await client.query({
        query: 'SELECT throwIf(number = 3000000) AS x FROM numbers(4000000) SETTINGS max_threads = 1',
        format: 'JSONEachRow',
      });
      for await (const chunk of result.stream()) void chunk;
      return 'no error';
    } catch (error) {
      return { code: error.code };
    }
  },

  async wrongPassword() {
    const stranger = createClient({ ...options, password: 'wrong' });
    try {
      await (await stranger.query({ query: 'SELECT 1' })).text();
      return 'no error';
    } catch (error) {
      return { code: error.code, type: error.type };
    } finally {
      await stranger.close();
    }
  },

  async abort() {
    const controller = new AbortController();
    const endless = client.query({
      query: 'SELECT count() FROM numbers(1000000000000000) WHERE sipHash64(number) = 1 SETTINGS max_threads = 1',
      query_id: table,
      abort_signal: controller.signal,
    });
    const running = () => rows(`SELECT count() AS c FROM system.processes WHERE Settings['log_comment'] LIKE '%\t${table}\t%'`);
    while (Number((await running())[0].c) === 0);
    controller.abort();
    const outcome = await endless.then(() => 'no error', error => error.message);
    while (Number((await running())[0].c) > 0);
    return outcome;
  },
};

try {
  console.log(JSON.stringify(await scenarios[process.argv[2]]()));
} finally {
  await client.close();
}
