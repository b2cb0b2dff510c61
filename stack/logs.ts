import { prettyFactory } from 'pino-pretty';

/** Where the lines of all processes come together. */
export interface Logs {
  /** One line of a process, as it wrote it; pino's JSON is put into words. */
  line: (name: string, text: string) => void;
  /** A line of our own. */
  say: (text: string) => void;
  /** While set, the processes' lines below a warning stay out: somebody is reading something else. */
  quiet: boolean;
}

const WIDTH = 8;
const WARNING = 40;

export function createLogs(write: (text: string) => void, colours: boolean): Logs {
  const words = prettyFactory({
    colorize: colours,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,name',
    singleLine: true,
  });
  const logs: Logs = {
    quiet: false,
    say: (text) => write(`${text}\n`),
    line(name, text) {
      const entry = parse(text);
      if (text.trim() === '' || (logs.quiet && entry && entry.level < WARNING)) return;
      const said = entry ? words(entry).trimEnd() : text;
      for (const row of said.split('\n')) write(`${name.padEnd(WIDTH)} │ ${row}\n`);
    },
  };
  return logs;
}

/** A line of pino's, or nothing when the line is something else. */
function parse(text: string): { level: number } | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const entry: unknown = JSON.parse(text);
    const isPino = typeof entry === 'object' && entry !== null && 'level' in entry && typeof entry.level === 'number';
    return isPino ? (entry as { level: number }) : undefined;
  } catch {
    return undefined; // a line that only looked like it
  }
}
