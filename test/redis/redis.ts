/** A Redis-compatible server of the test's own: on 127.0.0.1, in a folder that is gone afterwards, keeping nothing. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Whether to skip: `describe.skipIf(noRedis())`. Says what to install; throws instead when JPKI_REQUIRE_PCSC=1, where a
 * skipped test would be a lie.
 */
export function noRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return false;
  const missing = 'these tests need redis-server: sudo apt-get install redis-server';
  if (process.env['JPKI_REQUIRE_PCSC'] === '1') throw new Error(missing);
  console.warn(`skipped: ${missing}`);
  return true;
}

/** A port that nothing listens on, its own service of the machine included. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Reads what a process prints until `pattern`, and gives its first group. */
export async function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  if (!child.stdout) throw new Error('its output is not piped');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    const found = pattern.exec(line);
    if (!found) continue;
    // Nobody reads on, and a full pipe would stop the process.
    child.stdout.resume();
    return found[1] ?? '';
  }
  throw new Error(`ended before it was ready:\n${lines.join('\n')}`);
}

export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

export async function startRedis(): Promise<{ port: number; end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-redis-'));
  const port = await freePort();
  const where = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  const child = spawn('redis-server', [...where, '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = async () => {
    await endProcess(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await printed(child, /Ready to accept connections/);
  } catch (error) {
    await end();
    throw error;
  }
  return { port, end };
}
