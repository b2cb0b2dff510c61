import { connect, createServer, type Socket } from 'node:net';

/** `out`: what the process sends to its server; `back`: what the server answers. */
export type Way = 'out' | 'back';

/** One connection through a wire. Nothing that is held is lost, unless one of the two ends goes away. */
export interface Link {
  hold(way: Way): void;
  letGo(): void;
  /** Bytes that wait. */
  held(way: Way): number;
}

/** Stands between a process and its server, both on this machine, and holds what it is told to hold. */
export interface Wire {
  port: number;
  /** Of every connection, those to come included. */
  hold(way: Way): void;
  letGo(): void;
  held(way: Way): number;
  /** Ends every connection; new ones may come. */
  cut(): void;
  close(): Promise<void>;
}

interface Listener {
  /** Called with each piece before it is passed on: it may hold the link, and the piece waits with the rest. */
  sent: (data: Buffer, link: Link) => void;
}

export async function stretchWire(
  targetPort: number,
  listen: () => Listener = () => ({ sent: () => undefined }),
): Promise<Wire> {
  const links = new Set<Link & { cut(): void }>();
  const holding = new Set<Way>();
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    const listener = listen();
    const link = join(near, far, (data) => listener.sent(data, link));
    links.add(link);
    for (const way of holding) link.hold(way);
    near.once('close', () => links.delete(link));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    hold(way) {
      holding.add(way);
      for (const link of links) link.hold(way);
    },
    letGo() {
      holding.clear();
      for (const link of links) link.letGo();
    },
    held: (way) => [...links].reduce((sum, link) => sum + link.held(way), 0),
    cut() {
      for (const link of links) link.cut();
    },
    async close() {
      for (const link of links) link.cut();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

function join(near: Socket, far: Socket, sent: (data: Buffer) => void): Link & { cut(): void } {
  const out = gate(far);
  const back = gate(near);
  const cut = (): void => {
    near.destroy();
    far.destroy();
  };
  near.on('data', (data: Buffer) => {
    sent(data);
    out.pass(data);
  });
  far.on('data', (data: Buffer) => back.pass(data));
  for (const end of [near, far]) {
    end.setNoDelay(true);
    end.on('error', cut); // the other end was killed: to be seen by this one as it would be without us
    end.on('close', cut);
  }
  const gates = { out, back };
  return {
    hold: (way) => gates[way].close(),
    letGo: () => {
      out.open();
      back.open();
    },
    held: (way) => gates[way].waiting(),
    cut,
  };
}

interface Gate {
  pass(data: Buffer): void;
  close(): void;
  open(): void;
  waiting(): number;
}

function gate(to: Socket): Gate {
  let closed = false;
  let waiting: Buffer[] = [];
  return {
    pass: (data) => void (closed ? waiting.push(data) : to.write(data)),
    close: () => void (closed = true),
    open() {
      closed = false;
      for (const data of waiting) to.write(data);
      waiting = [];
    },
    waiting: () => waiting.reduce((sum, data) => sum + data.length, 0),
  };
}
