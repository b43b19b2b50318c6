#!/usr/bin/env bash
# What a user would run instead, on the same file and machine: seconds from the rename into the watched folder until all rows are there, CPU
# seconds of the loader and of ClickHouse, peak memory of the loader; medians of RUNS.
#
#   tests/Pipeline.Benchmarks/peers/run.sh [ROWS] [RUNS]        (default 3000000 3)
#
# With DOCS=docs the table in docs/benchmarks.md is written. Needs node with `npm install @clickhouse/client csv-parse` in PEER_MODULES (a folder), and Debian's python3-watchdog python3-pandas
# python3-clickhouse-driver clickhouse-server. PIPELINE and BENCH name the built programs when they lie elsewhere than below.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
rows=${1:-3000000} runs=${2:-3}
bin=$root/tests/Pipeline.Benchmarks/bin/Release/net10.0
pipeline=${PIPELINE:-$bin/pipeline} bench=${BENCH:-$bin/Pipeline.Benchmarks}
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d -t pipeline-peers-XXXXXX)
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

# --- the engine that ours, Node and the statement load into; and Debian's server, which Python's driver needs (native protocol) --------------
home=$work/home
mkdir -p "$home/data" "$work/in"
PIPELINE__HTTP__PORT=0 "$pipeline" run --home "$home" >"$work/pipeline.log" 2>&1 &
daemon=$!; pids+=("$daemon")
until grep -q Ready "$work/pipeline.log"; do sleep 0.1; done
sleep 0.3
url=$(sed -E 's/.*"destination_url":"([^"]*)".*/\1/' "$home/.pipeline/daemon.json")
password=$(sed -E 's/.*"clickhouse_password":"([^"]*)".*/\1/' "$home/.pipeline/daemon.credentials")
engine=$(cat /proc/$daemon/task/*/children | tr -d ' ')
embedded() { curl -sS --fail-with-body "$url?wait_end_of_query=1" -H "X-ClickHouse-User: default" -H "X-ClickHouse-Key: $password" --data-binary "$1"; }

server_port=19000 server=""
if command -v clickhouse-server >/dev/null; then
  mkdir -p "$work/server"/{data,tmp,user_files,format_schemas}
  cat >"$work/server/config.xml" <<XML
<yandex><logger><level>error</level><log>$work/server/log</log><errorlog>$work/server/err</errorlog></logger>
<http_port>18123</http_port><tcp_port>$server_port</tcp_port><interserver_http_port>19009</interserver_http_port><listen_host>127.0.0.1</listen_host>
<path>$work/server/data/</path><tmp_path>$work/server/tmp/</tmp_path><user_files_path>$work/server/user_files/</user_files_path>
<format_schema_path>$work/server/format_schemas/</format_schema_path><mark_cache_size>536870912</mark_cache_size>
<users_config>$work/server/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database></yandex>
XML
  cat >"$work/server/users.xml" <<XML
<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></default></users></yandex>
XML
  clickhouse-server --config-file="$work/server/config.xml" >"$work/server/out" 2>&1 &
  server=$!; pids+=("$server")
  for _ in $(seq 100); do curl -sS http://127.0.0.1:18123/ping >/dev/null 2>&1 && break; sleep 0.1; done
fi
debian() { curl -sS --fail-with-body http://127.0.0.1:18123/ --data-binary "$1"; }

columns="order_id Int64, customer_id Int64, quantity Int64, reference Int64, unit_price Decimal(18, 2), amount Decimal(18, 2), score Float64,
  discount Nullable(Decimal(9, 1)), order_date Date, created_at DateTime64(3, 'UTC'), shipped_at Nullable(DateTime('UTC')), paid Bool,
  coupon Nullable(UUID), country String, status String, warehouse String, product String, comment String"
# Debian's server is of 2018: no DateTime64, no Bool.
old_columns=$(sed "s/DateTime64(3, 'UTC')/String/; s/Bool/UInt8/" <<<"$columns")

"$bench" generate csv "$rows" "$work/wide.csv" >/dev/null
bytes=$(stat -c %s "$work/wide.csv")

# --- measuring ----------------------------------------------------------------------------------------------------------------
cpu() { awk '{printf "%.2f", ($14+$15)/100}' "/proc/$1/stat"; }
peak() { awk '/VmHWM/ {printf "%.0f", $2/1000}' "/proc/$1/status"; }
median() { sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }

# wait_for QUERY-FUNCTION TABLE ROWS LOADER-PID
wait_for() {
  until [ "$($1 "SELECT count() FROM $2" 2>/dev/null || echo 0)" = "$3" ]; do
    kill -0 "$4" 2>/dev/null || { echo "the loader ended:" >&2; cat "$work"/*.log >&2; exit 1; }
    sleep 0.02
  done
}

# measure NAME QUERY-FUNCTION TABLE LOADER-PID CLICKHOUSE-PID FOLDER: moves the file in and prints wall, CPU of both, peak of the loader
measure() {
  local cpu1 cpu2 began ended
  echo 5 >"/proc/$4/clear_refs" 2>/dev/null || true
  cpu1=$(cpu "$4") cpu2=$(cpu "$5") began=$(date +%s.%N)
  mv "$work/wide.csv" "$6/wide.csv"
  wait_for "$2" "$3" "$rows" "$4"
  ended=$(date +%s.%N)
  echo "$(bc <<<"$ended - $began") $(bc <<<"$(cpu "$4") - $cpu1") $(bc <<<"$(cpu "$5") - $cpu2") $(peak "$4")" >>"$work/$1.figures"
  sleep 1
}

begin() { mkdir -p "$work/in"; "$2" "CREATE TABLE peer ($3) ENGINE = MergeTree ORDER BY order_date"; }
end() { mv "$work/in/wide.csv" "$work/wide.csv"; "$1" "DROP TABLE peer"; }

started() { until grep -q ready "$1"; do kill -0 "$2" || { cat "$1" >&2; exit 1; }; sleep 0.1; done; }

node_peer() {
  begin "$1" embedded "$columns"
  (cd "${PEER_MODULES:-$here}" && cp "$here/peer.mjs" "$work/peer.mjs" && ln -sfn "$PWD/node_modules" "$work/node_modules")
  CLICKHOUSE_URL="http://default:$password@${url#http://}" node "$work/peer.mjs" "$2" "$work/in" default.peer >"$work/node.log" 2>&1 &
  local peer=$!; pids+=("$peer")
  started "$work/node.log" "$peer"
  measure "$1" embedded default.peer "$peer" "$engine" "$work/in"
  kill "$peer"; wait "$peer" 2>/dev/null || true
  end embedded
}

python_peer() {
  begin python debian "$old_columns"
  CLICKHOUSE_PORT=$server_port "$python" "$here/peer.py" "$work/in" default.peer >"$work/python.log" 2>&1 &
  local peer=$!; pids+=("$peer")
  started "$work/python.log" "$peer"
  measure python debian default.peer "$peer" "$server" "$work/in"
  kill "$peer"; wait "$peer" 2>/dev/null || true
  end debian
}

for run in $(seq "$runs"); do
  mkdir -p "$home/data/run$run"
  measure pipeline embedded "default.run$run" "$daemon" "$engine" "$home/data/run$run"
  while [ -e "$home/data/run$run/wide.csv" ]; do sleep 0.05; done
  find "$home/archive/run$run" -name wide.csv -exec mv {} "$work/wide.csv" \;
  embedded "DROP TABLE default.run$run SYNC"

  begin engine embedded "$columns"
  cpu1=$(cpu "$engine") began=$(date +%s.%N)
  embedded "INSERT INTO peer SELECT * FROM file('$work/wide.csv', 'CSVWithNames', '${columns//\'/\\\'}')"
  echo "$(bc <<<"$(date +%s.%N) - $began") 0 $(bc <<<"$(cpu "$engine") - $cpu1") 0" >>"$work/engine.figures"
  embedded "DROP TABLE peer SYNC"

  if command -v node >/dev/null && [ -d "${PEER_MODULES:-$here}/node_modules/csv-parse" ]; then
    node_peer node-stream stream
    node_peer node-parse parse
  fi
  [ -n "$server" ] && python_peer
done

report() {
  echo "$(date +%F), $(nproc) cores, node $(node --version 2>/dev/null || echo -), ClickHouse $(embedded 'SELECT version()') embedded, Debian's $(debian 'SELECT version()' 2>/dev/null || echo -):"
  echo "$rows rows, $bytes bytes; medians of $runs."
  echo
  echo "| | wall s | rows/s | CPU s loader | CPU s ClickHouse | peak MB loader |"
  echo "|---|--:|--:|--:|--:|--:|"
  for name in pipeline engine node-stream node-parse python; do
    [ -s "$work/$name.figures" ] || continue
    column() { awk -v c="$1" '{print $c}' "$work/$name.figures" | median; }
    wall=$(column 1)
    printf '| %s | %.2f | %.0f | %.2f | %.2f | %s |\n' "$name" "$wall" "$(bc <<<"$rows / $wall")" "$(column 2)" "$(column 3)" "$(column 4)"
  done
}

report | tee "$work/report.md"
if [ -n "${DOCS:-}" ]; then
  awk -v report="$work/report.md" '
    /<!-- peers: / { print; while ((getline line < report) > 0) print line; skip = 1; next }
    /<!-- \/peers -->/ { skip = 0 }
    !skip' "$DOCS/benchmarks.md" >"$work/benchmarks.md"
  cp "$work/benchmarks.md" "$DOCS/benchmarks.md"
fi
