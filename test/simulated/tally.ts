/** How often each thing happened. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  merge(other: Tally): void {
    for (const [what, times] of other.counts) this.add(what, times);
  }

  toString(): string {
    const entries = [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.map(([what, times]) => `${what} ${times}`).join(', ');
  }
}
