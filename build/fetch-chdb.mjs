// Fetches libchdb into the per-user cache: node fetch-chdb.mjs VERSION
//
// Where:  $PIPELINE_CHDB, when set, and nothing is fetched; else ($XDG_CACHE_HOME or ~/.cache)/pipeline/chdb/VERSION/PLATFORM/libchdb.so.
//         src/Pipeline.Engine/Chdb/ChdbLibrary.cs looks in the same place.
// How:    npm pack, by package name, through whatever registry npm is configured for. npm checks the tarball against the
//         registry's sha512; it is checked here again, and against the one recorded below where there is one.
// Safely: one fetch at a time (a lock directory), into a temporary folder, moved into place when complete.
// Exit:   0 when the library is there, 1 when not; the reason is on standard error.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const recorded = {
  '26.7.3-stable.1/linux-x64-gnu': 'sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==',
};

const platforms = {
  'linux/x64': 'linux-x64-gnu',
  'linux/arm64': 'linux-arm64-gnu',
  'darwin/x64': 'darwin-x64',
  'darwin/arm64': 'darwin-arm64',
};

const fail = message => {
  console.error(`libchdb: ${message}`);
  process.exit(1);
};

const version = process.argv[2];
if (!/^\d+\.\d+\.\d+[\w.-]*$/.test(version ?? '')) fail('usage: node fetch-chdb.mjs VERSION');
if (process.env.PIPELINE_CHDB) process.exit(existsSync(process.env.PIPELINE_CHDB) ? 0 : fail(`PIPELINE_CHDB names '${process.env.PIPELINE_CHDB}', and there is no such file.`));
const platform = platforms[`${process.platform}/${process.arch}`];
if (!platform) fail(`there is no package for ${process.platform} on ${process.arch}.`);
if (process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime) {
  fail('this Linux has no glibc (Alpine?), and the package needs it.');
}

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const versionFolder = join(cache, 'pipeline', 'chdb', version);
const folder = join(versionFolder, platform);
const library = join(folder, 'libchdb.so');
if (existsSync(library)) process.exit(0);

mkdirSync(versionFolder, { recursive: true });
const lock = join(versionFolder, `.${platform}.lock`);
await takeLock();
try {
  if (!existsSync(library)) await fetchLibrary();
} catch (error) {
  console.error(`libchdb: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(lock, { recursive: true, force: true });
}

async function fetchLibrary() {
  const name = `@chdb/lib-${platform}@${version}`;
  const work = mkdtempSync(join(versionFolder, '.fetch-'));
  try {
    console.log(`libchdb: fetching ${name} with npm (once per user and version, about 170 MB) ...`);
    const [packed] = JSON.parse(npm(['pack', name, '--json', '--pack-destination', work], work));
    const tarball = join(work, packed.filename.replace('@', '').replace('/', '-'));
    const integrity = await sha512(tarball);
    const expected = recorded[`${version}/${platform}`] ?? packed.integrity;
    if (integrity !== expected || integrity !== packed.integrity) {
      throw new Error(`${name} does not have the expected content: ${integrity}, not ${expected}. Nothing was kept.`);
    }

    execFileSync('tar', ['-xzf', tarball, '-C', work, 'package/libchdb.so'], { stdio: ['ignore', 'ignore', 'inherit'] });
    mkdirSync(folder, { recursive: true });
    renameSync(join(work, 'package', 'libchdb.so'), library);
    console.log(`libchdb: ${library}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function npm(args, cwd) {
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  try {
    return execFileSync(command, [...args, '--loglevel=error'], { cwd, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error('npm is not on the PATH. Install Node.js with npm and build again.');
    throw new Error(`npm could not fetch the package:\n${(error.stderr || error.message).trim()}`);
  }
}

async function sha512(file) {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return `sha512-${hash.digest('base64')}`;
}

// A directory is made by one process only. A lock whose owner is gone is taken over.
async function takeLock() {
  for (let waited = 0; ; waited += 1) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`the cache '${versionFolder}' cannot be written: ${error.message}`);
    }

    if (isAbandoned()) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }

    if (waited === 0) console.log('libchdb: another build is fetching it, waiting ...');
    if (waited > 1200) fail(`another build has been fetching for ten minutes. If none is, remove '${lock}'.`);
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}

function isAbandoned() {
  let pid;
  try {
    pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    // Just made, or just removed: only an old one without an owner is abandoned.
    try {
      return Date.now() - statSync(lock).mtimeMs > 10_000;
    } catch {
      return false;
    }
  }

  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
