"""What a Python user would write: watch a folder, load each CSV file that appears.

    python3 peer.py FOLDER TABLE

watchdog, pandas and clickhouse-driver (Debian: python3-watchdog python3-pandas python3-clickhouse-driver). The server is on localhost, native port
CLICKHOUSE_PORT (default 9000). Prints one line per loaded file.
"""
import os
import queue
import sys
import time

import pandas
from clickhouse_driver import Client
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

folder, table = sys.argv[1:]
client = Client("127.0.0.1", port=int(os.environ.get("CLICKHOUSE_PORT", "9000")), settings={"use_numpy": True})
types = dict(client.execute(f"SELECT name, type FROM system.columns WHERE concat(database, '.', table) = '{table}'"))
dates = [name for name, kind in types.items() if "Date" in kind]
texts = {name: str for name, kind in types.items() if "String" in kind or "UUID" in kind or "Decimal" in kind}
files = queue.Queue()


class Arrivals(FileSystemEventHandler):
    # A rename from outside of the folder is a creation for watchdog; so is the start of a file that is still being written.
    def on_created(self, event):
        files.put(event.src_path)

    def on_moved(self, event):
        files.put(event.dest_path)


def load(path):
    began = time.perf_counter()
    for chunk in pandas.read_csv(path, chunksize=200_000, parse_dates=dates, dtype=texts, keep_default_na=False, na_values={n: [""] for n in types}):
        for name, kind in types.items():
            if kind == "String":
                chunk[name] = chunk[name].fillna("")
            elif "Nullable" in kind:
                chunk[name] = chunk[name].astype(object).where(chunk[name].notna(), None)
        client.insert_dataframe(f"INSERT INTO {table} ({', '.join(chunk.columns)}) VALUES", chunk)
    print(os.path.basename(path), f"{time.perf_counter() - began:.2f}", flush=True)


observer = Observer()
observer.schedule(Arrivals(), folder)
observer.start()
print("ready", flush=True)
while True:
    path = files.get()
    if path.endswith(".csv"):
        load(path)
