import type { Limit } from './clock/due.ts';
import type { RegisterPayload } from './commands/demand-list.ts';
import type { TeamId, UnitId } from './ids.ts';
import type { Text } from './process/definition.ts';

export type Urgency = RegisterPayload['urgency'];
export const urgencies = ['ordinary', 'urgent', 'extra_urgent', 'complex'] as const satisfies readonly Urgency[];

/** Something to be reached on the way, within a limit of its own, and shown by evidence of a kind. */
export interface Milestone {
  id: string;
  limit: Limit;
  evidence: string;
}

/** The entry of the duty list (履职事项清单) that a category rests on. */
export interface DutyEntry {
  entry: string;
  /** The upper department took it back: it may not be given to the street any more. */
  takenBack: boolean;
}

/** One category of the dispatch catalogue (派单目录). */
export interface CatalogueEntry {
  /** Several schemes of codes stand side by side: the office's own, the national one. */
  system: string;
  code: string;
  title: Text;
  /** Whose duty it is. */
  unit: UnitId;
  /** The one team that takes it, where there is one. */
  team?: TeamId;
  limits: Record<Urgency, Limit>;
  /** When a case of it is filed, and when it may be closed. */
  filing: Text;
  closing: Text;
  /** Kinds of evidence that its work is shown by. */
  evidence: string[];
  milestones: Milestone[];
  backupTeam: boolean;
  duty: DutyEntry;
}

/** One version; `system` is the scheme that is meant where none is named. */
export interface Catalogue {
  version: number;
  system: string;
  entries: CatalogueEntry[];
}

/** What the rules read of an entry: everything but its words. `version` says in which version it stood. */
export interface CatalogueFact extends Omit<CatalogueEntry, 'title' | 'filing' | 'closing'> {
  version: number;
}

/** What of the catalogue applies to an item, as it stood when the item was registered; limit and milestones are kept beside it. */
export type AppliedEntry = Omit<CatalogueFact, 'limits' | 'milestones'>;

export function factOf(
  { title: _title, filing: _filing, closing: _closing, ...entry }: CatalogueEntry,
  version: number,
): CatalogueFact {
  return { version, ...entry };
}

export function applied({ limits: _limits, milestones: _milestones, ...entry }: CatalogueFact): AppliedEntry {
  return entry;
}

const twice = (all: string[]): string[] => all.filter((one, at) => all.indexOf(one) < at);

function entryProblems({ system, code, milestones, evidence }: CatalogueEntry): Text[] {
  const where = `${system}/${code}`;
  const unknown = milestones.filter((milestone) => !evidence.includes(milestone.evidence));
  return [
    ...twice(milestones.map(({ id }) => id)).map((id) => ({
      zh: `${where}：节点 ${id} 重复`,
      en: `${where}: milestone ${id} is listed twice`,
    })),
    ...unknown.map(({ id, evidence: kind }) => ({
      zh: `${where}：节点 ${id} 的佐证 ${kind} 不在该类别的佐证种类中`,
      en: `${where}: milestone ${id} asks for evidence ${kind}, which is not a kind of this category`,
    })),
  ];
}

/** What is wrong with a catalogue of the right shape, in sentences; nothing when it may be stored. */
export function validateCatalogue({ version, system, entries }: Catalogue): Text[] {
  const names = entries.map((entry) => `${entry.system}/${entry.code}`);
  return [
    ...(Number.isSafeInteger(version) && version >= 1
      ? []
      : [{ zh: '版本须为从 1 起的整数', en: 'the version is a whole number from 1' }]),
    ...(entries.some((entry) => entry.system === system)
      ? []
      : [{ zh: `编码体系 ${system} 没有任何类别`, en: `there is no category of the code system ${system}` }]),
    ...twice(names).map((name) => ({ zh: `${name} 重复列出`, en: `${name} is listed twice` })),
    ...entries.flatMap(entryProblems),
  ];
}
