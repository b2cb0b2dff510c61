import type { CommandName, Payloads } from '../commands/vocabulary.ts';
import type { ItemId } from '../ids.ts';

/** A command that one item's record asks another item for, in the same office. */
export type Effect<Name extends CommandName = CommandName> = {
  [Each in Name]: { item: ItemId; name: Each; payload: Payloads[Each] };
}[Name];

/** What the asking item is told when the asked one can never do it. */
export const onRejected: { readonly [Name in CommandName]?: CommandName } = { absorb: 'unmerge' };
