import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { inheritedEnvironment } from '../../config.ts';
import { cachedTemporal, type Executable, findTemporal, TEMPORAL_VERSION } from '../../stack/temporal-executable.ts';
import { freePort } from '../../stack/process-state.ts';
import { scratchDirectory } from './scratch.ts';

interface Place {
  bin: string;
  cache: string;
  said: string[];
  find: () => Promise<Executable>;
}

/** A machine of its own: what is on its PATH and in its cache, and a network that leads nowhere. */
async function place(): Promise<Place> {
  const directory = scratchDirectory();
  const [bin, cache] = [join(directory, 'bin'), join(directory, 'cache')];
  mkdirSync(bin);
  const said: string[] = [];
  const proxy = `http://127.0.0.1:${await freePort()}`;
  const env = { ...inheritedEnvironment(), PATH: bin, HTTPS_PROXY: proxy, https_proxy: proxy };
  const search = { cacheDir: cache, say: (line: string) => said.push(line), env, signal: new AbortController().signal };
  return { bin, cache, said, find: async () => await findTemporal(search) };
}

async function fake(file: string, script: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

const says = (version: string): string => `echo 'temporal version ${version} (Server 1.31.2, UI 2.50.1)'`;

test('a recent CLI on the PATH comes first', async () => {
  const { bin, cache, find } = await place();
  await fake(join(bin, 'temporal'), says('1.4.1'));
  await fake(cachedTemporal(cache), says(TEMPORAL_VERSION));
  expect(await find()).toEqual({ path: join(bin, 'temporal'), version: '1.4.1' });
});

test.each(['1.4.0', '0.13.2', '0.0.0-DEV'])('a CLI %s on the PATH is skipped with a message', async (version) => {
  const { bin, cache, said, find } = await place();
  await fake(join(bin, 'temporal'), says(version));
  await fake(cachedTemporal(cache), says(TEMPORAL_VERSION));
  expect(await find()).toEqual({ path: cachedTemporal(cache), version: TEMPORAL_VERSION });
  expect(said.join()).toContain(`skipping ${join(bin, 'temporal')}: version ${version}, needed is 1.4.1 or newer`);
});

test('another program of the same name is skipped, and so is one that fails', async () => {
  const { bin, cache, said, find } = await place();
  await fake(cachedTemporal(cache), says(TEMPORAL_VERSION));
  for (const script of ['echo "a physics engine, 3.0.0"', 'exit 1']) {
    await fake(join(bin, 'temporal'), script);
    expect((await find()).path).toBe(cachedTemporal(cache));
  }
  expect(said.filter((line) => line.includes('version unknown'))).toHaveLength(2);
});

test('the version of a cached one is in its name', async () => {
  expect(cachedTemporal('/cache')).toMatch(new RegExp(`^/cache/temporal-${TEMPORAL_VERSION}-\\w+-\\w+`));
});

test('with nothing anywhere the error names the five ways, and why each led nowhere', async () => {
  const { find, said } = await place();
  const message = await find().then(
    () => 'found',
    (error: unknown) => String(error),
  );
  for (const way of [
    '1. TEMPORAL_ADDRESS',
    '2. temporal ≥ 1.4.1',
    '3. FOUR_LISTS_CACHE',
    '4. https://temporal.download',
    '5. Go ≥ 1.21',
  ])
    expect(message).toContain(way);
  expect(message).toMatch(/— download: .*temporal\.download/);
  expect(message).toContain('— Go: there is no Go on the PATH');
  expect(said.join()).toContain(`downloading Temporal ${TEMPORAL_VERSION}, given up after 10 s`);
});

test('a Go that is too old is named', async () => {
  const { bin, find } = await place();
  await fake(join(bin, 'go'), 'echo go1.20.14');
  await expect(find()).rejects.toThrow(`— Go: ${join(bin, 'go')} is go1.20.14, needed is 1.21 or newer`);
});

/** Go as far as we use it: tells its version, and builds by `build`, in which $target is where to. */
const go = (build: string): string => `
if [ "$1" = env ]; then echo go1.26.4; exit; fi
for last; do [ "$before" = -o ] && target=$last; before=$last; done
${build}`;

test('a build that fails is told in Go’s own last words, and leaves nothing in the cache', async () => {
  const { bin, cache, find } = await place();
  const complaint = 'go: github.com/temporalio/cli@v1.8.2: dial tcp: lookup proxy: no such host';
  await fake(join(bin, 'go'), go(`echo internal/abi >&2; echo '${complaint}' >&2; exit 1`));
  const failed = find();
  await expect(failed).rejects.toThrow(complaint);
  await expect(failed).rejects.not.toThrow('internal/abi');
  expect(readdirSync(cache)).toEqual([]);
});

test('two that build for the same cache at a time build once', async () => {
  const { bin, cache, said, find } = await place();
  const log = join(bin, 'builds');
  const made = `'#!/bin/sh\\n${says(TEMPORAL_VERSION).replaceAll("'", '"')}\\n'`;
  await fake(join(bin, 'go'), go(`echo x >> ${log}; /bin/sleep 1; printf ${made} > $target; /bin/chmod 755 $target`));
  const found = await Promise.all([find(), find()]);
  expect(found).toEqual([1, 2].map(() => ({ path: cachedTemporal(cache), version: TEMPORAL_VERSION })));
  expect(readFileSync(log, 'utf8')).toBe('x\n');
  expect(said.join()).toContain('is building Temporal, waiting for it');
});
