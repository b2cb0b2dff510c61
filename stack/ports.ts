import { createServer } from 'node:net';
import type { Port } from '../config.ts';
import { freePort } from './process-state.ts';

/** A user can do something about it; the message says what. */
export class StackError extends Error {
  override name = 'StackError';
}

/** Something outside is in the way, and may go away by itself: worth another try for as long as it takes. */
export class Obstacle extends StackError {
  override name = 'Obstacle';
}

/** Why nobody can listen there now, as the system's code, or undefined when the port is free. */
function occupied(host: string, port: number): Promise<string | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? String(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => done(undefined)));
  });
}

/** @throws StackError naming port, setting and what to do when the port cannot be had. */
export async function requirePort(host: string, port: Port, what: string): Promise<number> {
  const problem = await occupied(host, port.number);
  if (!problem) return port.number;
  const { number, setting } = port;
  const why =
    problem === 'EADDRINUSE'
      ? `${what} 需要的端口 ${number} 已被占用 · ${what} needs port ${number} of ${host}, which another program uses`
      : `${what} 无法监听 ${host}:${number}（${problem}）· ${what} cannot listen on ${host}:${number} (${problem})`;
  const Wrong = problem === 'EADDRINUSE' ? Obstacle : StackError;
  throw new Wrong(
    `${why}\n停止该程序，或换一个端口 · stop that program or choose another port: ${setting}=${number + 1} npm start`,
  );
}

/** As `requirePort`; but the default, which nobody asked for, is exchanged for a free one, and that is said. */
export async function obtainPort(host: string, port: Port, what: string, say: (line: string) => void): Promise<number> {
  if (port.asked || !(await occupied(host, port.number))) return await requirePort(host, port, what);
  const free = await freePort();
  say(
    `端口 ${port.number} 已被占用，${what} 改用 ${free} · port ${port.number} is in use, ${what} takes ${free} (${port.setting} sets it)`,
  );
  return free;
}
