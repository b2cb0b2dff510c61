import { type Link, stretchWire, type Way, type Wire } from './wire.ts';

/** A message of the client's: text of a simple query, or the prepared statement that it runs. */
interface Said {
  query?: string;
  statement?: string;
}

interface Trap {
  springs: (said: Said, ran: ReadonlySet<string>) => boolean;
  way: Way;
  sprung: (link: Link) => void;
}

/** Between a process and PostgreSQL; knows where in a transaction each connection stands. */
export interface PostgresWire extends Wire {
  /**
   * The next transaction that has run this prepared statement is held at its COMMIT: `out` before the server hears of
   * it, `back` when the server has heard and its answer is under way. Resolves when that has happened.
   */
  atCommitAfter(statement: string, way: Way): Promise<Link>;
  /** The next connection that runs this prepared statement is held in its transaction. Resolves when it has sent it. */
  atStatement(statement: string, way: Way): Promise<Link>;
  /** Prepared statements that were run since, on all connections. */
  ran(): string[];
}

export async function stretchPostgresWire(targetPort: number): Promise<PostgresWire> {
  const traps = new Set<Trap>();
  const history: string[] = [];
  const wire = await stretchWire(targetPort, () => {
    const read = messagesOf();
    const ran = new Set<string>();
    return {
      sent(data, link) {
        for (const said of read(data)) {
          if (said.query === 'BEGIN') ran.clear();
          if (said.statement !== undefined) history.push(said.statement);
          if (said.statement !== undefined) ran.add(said.statement);
          for (const trap of [...traps].filter(({ springs }) => springs(said, ran))) {
            traps.delete(trap);
            link.hold(trap.way);
            trap.sprung(link);
          }
        }
      },
    };
  });
  const set = async (way: Way, springs: Trap['springs']): Promise<Link> =>
    await new Promise<Link>((sprung) => traps.add({ springs, way, sprung }));
  return {
    ...wire,
    atCommitAfter: async (statement, way) =>
      await set(way, ({ query }, ran) => query === 'COMMIT' && ran.has(statement)),
    atStatement: async (statement, way) => await set(way, (said) => said.statement === statement),
    ran: () => [...history],
  };
}

/** PostgreSQL's protocol 3, the client's side: a start-up packet, then frames of a letter, a length and a body. */
function messagesOf(): (data: Buffer) => Said[] {
  let rest = Buffer.alloc(0);
  let started = false;
  return (data) => {
    rest = Buffer.concat([rest, data]);
    const messages: Said[] = [];
    for (;;) {
      const head = started ? 1 : 0;
      if (rest.length < head + 4) return messages;
      const end = head + rest.readInt32BE(head);
      if (rest.length < end) return messages;
      if (started) messages.push(...said(String.fromCodePoint(rest[0] ?? 0), rest.subarray(head + 4, end)));
      started = true;
      rest = rest.subarray(end);
    }
  };
}

function said(letter: string, body: Buffer): Said[] {
  const [first = '', second = ''] = body.toString('latin1').split('\0', 2);
  if (letter === 'Q') return [{ query: first }];
  return letter === 'B' ? [{ statement: second }] : []; // Bind: name of the portal, then of the statement
}
