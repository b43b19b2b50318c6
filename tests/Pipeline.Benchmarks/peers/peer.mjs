// What a Node user would write: watch a folder, load each CSV file that appears.
//
//   node peer.mjs stream FOLDER TABLE   the raw file as the body of the insert: ClickHouse parses it
//   node peer.mjs parse FOLDER TABLE    parsed here with csv-parse, sent as JSONEachRow
//
// The server is CLICKHOUSE_URL (default http://127.0.0.1:8123). Prints one line per loaded file.
import { createReadStream, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from '@clickhouse/client';
import { parse } from 'csv-parse';

const [mode, folder, table] = process.argv.slice(2);
const client = createClient({ url: process.env.CLICKHOUSE_URL ?? 'http://127.0.0.1:8123', request_timeout: 600_000 });
const seen = new Set();

const settings = { date_time_input_format: 'best_effort', async_insert: 0, wait_end_of_query: 1 };

async function load(name) {
  if (!name.endsWith('.csv') || seen.has(name)) return;
  const file = path.join(folder, name);
  try {
    await stat(file);
  } catch {
    return; // renamed away again
  }

  seen.add(name);
  const began = performance.now();
  if (mode === 'stream') {
    await client.insert({ table, values: createReadStream(file), format: 'CSVWithNames', clickhouse_settings: settings });
  } else {
    // Empty fields are nulls, words are booleans: what the typed columns of the table need; numbers and dates are taken as strings.
    const values = new Map([['', null], ['true', true], ['false', false]]);
    const cast = (record) => {
      for (const name in record) if (values.has(record[name])) record[name] = values.get(record[name]);
      return record;
    };
    const rows = createReadStream(file).pipe(parse({ columns: true, on_record: cast }));
    await client.insert({
      table, values: rows, format: 'JSONEachRow', clickhouse_settings: { ...settings, input_format_null_as_default: 1 },
    });
  }

  console.log(`${name} ${((performance.now() - began) / 1000).toFixed(2)}`);
}

let queue = Promise.resolve();
const enqueue = (name) => { queue = queue.then(() => load(name)); };
watch(folder, (_, name) => name && enqueue(name));
for (const name of await readdir(folder)) enqueue(name);
console.log('ready');
