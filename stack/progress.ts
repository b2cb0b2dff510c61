/** How far something long has come: a bar on a terminal, now and then a line elsewhere. */
export interface Progress {
  step(): void;
  /** What it is at, when that is not a step. */
  note(text: string): void;
  end(text: string): void;
}

const BAR = 30;
const LINE_EVERY_MS = 15_000;

export function createProgress(title: string, total: number, output: NodeJS.WriteStream = process.stdout): Progress {
  const started = performance.now();
  let [steps, notes, lastLine] = [0, 0, started];
  let text = '';

  function elapsed(): string {
    const seconds = Math.floor((performance.now() - started) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }

  function show(): void {
    const share = Math.min(0.99, steps / total);
    const what = steps === 0 && text !== '' ? `${text} (${notes})` : `${steps}/~${total}`;
    if (output.isTTY) {
      const filled = Math.round(share * BAR);
      const line = `${title} [${'█'.repeat(filled)}${'·'.repeat(BAR - filled)}] ${elapsed()} ${what}`;
      output.write(`\r\u001B[K${line.slice(0, (output.columns || 80) - 8)}`);
    } else if (performance.now() - lastLine >= LINE_EVERY_MS) {
      lastLine = performance.now();
      output.write(`${title} ${Math.round(share * 100)} % ${elapsed()} ${what}\n`);
    }
  }

  const ticking = setInterval(show, 1_000);
  return {
    step() {
      steps += 1;
    },
    note(said) {
      notes += 1;
      text = said;
    },
    end(said) {
      clearInterval(ticking);
      output.write(`${output.isTTY ? '\r\u001B[K' : ''}${said} (${elapsed()})\n`);
    },
  };
}
