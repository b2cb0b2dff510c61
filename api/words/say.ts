import type { Text } from '../../domain/process/definition.ts';
import { refusalWords } from './refusals.ts';
import type { RefusalCode } from '../../domain/refusals.ts';
import { apiCodes, type ApiCode } from './problems.ts';
import { dutyNames, roleNames } from './roles.ts';
import type { Word } from './word.ts';

export type Language = keyof Text;
export type ProblemCode = RefusalCode | ApiCode;
export type Details = Record<string, string | number | string[]>;

export const wordOf: Readonly<Record<ProblemCode, Word>> = { ...refusalWords, ...apiCodes };

/** The first of zh and en by the caller's weights; zh when neither is asked for. A language of weight 0 is not wanted. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const asked = (acceptLanguage ?? '').split(',').flatMap((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const weight = parameters.map((text) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(text)?.[1]).find(Boolean);
    const language = tag.startsWith('zh') ? 'zh' : tag.startsWith('en') ? 'en' : undefined;
    return language ? [{ language, weight: Number(weight ?? 1) } as const] : [];
  });
  asked.sort((a, b) => b.weight - a.weight);
  return asked.find(({ weight }) => weight > 0)?.language ?? 'zh';
}

/** The sentence for a code, with its details in words where there are some; `states` are the titles of the definition. */
export function say(
  code: ProblemCode,
  language: Language,
  details: Details = {},
  states: Record<string, Text> = {},
): string {
  const known = (name: string, value: string): string => {
    const table = name === 'at' ? states : (names[name] ?? {});
    return Object.hasOwn(table, value) ? (table[value]?.[language] ?? value) : value;
  };
  const spoken = (name: string): string | undefined => {
    const value = details[name];
    const parts = value === undefined ? undefined : [value].flat().map((part) => known(name, String(part)));
    return parts?.join(language === 'zh' ? '、' : ', ');
  };
  return wordOf[code][language]
    .replaceAll(ASIDE, (aside, name: string) => (spoken(name) === undefined ? '' : aside))
    .replaceAll(GAP, (_gap, before: string, name: string) => {
      const words = spoken(name);
      return words === undefined ? '' : before + words;
    });
}

/** A refusal that the database gives knows no details: then what is in brackets is left out, and every gap closed. */
const ASIDE = /\s?[（(][^（()）]*\{(\w+)\}[^（()）]*[）)]/g;
const GAP = /(\s?)\{(\w+)\}/g;

const whoNames: Readonly<Record<string, Text>> = { ...roleNames, ...dutyNames };
const textNames: Record<string, Text> = {
  reason: { zh: '理由 reason', en: 'reason' },
  result: { zh: '办理结果 result', en: 'result' },
  told: { zh: '告知内容 told', en: 'told' },
  note: { zh: '备注 note', en: 'note' },
};

/** Words for the values of a detail, by its name. */
const names: Readonly<Record<string, Readonly<Record<string, Text>>>> = {
  roles: roleNames,
  role: roleNames,
  duty: whoNames,
  held: whoNames,
  text: textNames,
};

/** HTTP status phrases, as RFC 9457 asks of the title of a problem without a type of its own. */
const phrases: Readonly<Record<number, Text>> = {
  400: { zh: '请求有误', en: 'Bad Request' },
  401: { zh: '未登录', en: 'Unauthorized' },
  403: { zh: '无权办理', en: 'Forbidden' },
  404: { zh: '未找到', en: 'Not Found' },
  405: { zh: '方法不允许', en: 'Method Not Allowed' },
  408: { zh: '请求超时', en: 'Request Timeout' },
  409: { zh: '当前不能办理', en: 'Conflict' },
  412: { zh: '内容已变化', en: 'Precondition Failed' },
  413: { zh: '正文过大', en: 'Content Too Large' },
  415: { zh: '正文类型不支持', en: 'Unsupported Media Type' },
  417: { zh: '无法满足预期', en: 'Expectation Failed' },
  422: { zh: '内容不可受理', en: 'Unprocessable Content' },
  428: { zh: '缺少前提条件', en: 'Precondition Required' },
  429: { zh: '请求过多', en: 'Too Many Requests' },
  431: { zh: '请求头过大', en: 'Request Header Fields Too Large' },
  500: { zh: '内部错误', en: 'Internal Server Error' },
  503: { zh: '服务暂不可用', en: 'Service Unavailable' },
};

export function titleOf(status: number, language: Language): string {
  return phrases[status]?.[language] ?? 'Error';
}
