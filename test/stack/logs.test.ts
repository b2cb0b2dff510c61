import { expect, test } from 'vitest';
import { createLogs, type Logs } from '../../stack/logs.ts';

function logs(): { to: Logs; written: string[] } {
  const written: string[] = [];
  return { to: createLogs((text) => written.push(text), false), written };
}

const INFO = '{"level":30,"time":0,"pid":1,"hostname":"h","msg":"it runs","port":3}';
const WARN = '{"level":40,"time":0,"pid":1,"hostname":"h","msg":"it does not"}';

test('a line of pino’s is put into words, without what every line says', () => {
  const { to, written } = logs();
  to.line('api', INFO);
  expect(written).toEqual([expect.stringMatching(/^api {6}│ \[[0-9:.]+\] INFO: it runs \{"port":3\}\n$/)]);
});

test('any other line is passed on as it is, and an empty one is not', () => {
  const { to, written } = logs();
  for (const line of ['plain', '{not json', '{"no":"level"}', '  ']) to.line('worker', line);
  expect(written).toEqual(['worker   │ plain\n', 'worker   │ {not json\n', 'worker   │ {"no":"level"}\n']);
});

test('while they are quiet only warnings and what is not pino’s come through', () => {
  const { to, written } = logs();
  to.quiet = true;
  for (const line of [INFO, WARN, 'plain']) to.line('api', line);
  to.say('our own');
  expect(
    written.map((line) =>
      line
        .trimEnd()
        .split(/ │ |: /)
        .at(-1),
    ),
  ).toEqual(['it does not', 'plain', 'our own']);
});
