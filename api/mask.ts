/** Names of the texts that say who the resident is. */
const identity: Readonly<Record<string, (value: string) => string>> = {
  reporterName: maskName,
  reporterPhone: maskPhone,
};

/** A sealed text as people see it: who the resident is only in outline, everything else as it was entered. */
export function shown(name: string, value: string): string {
  return Object.hasOwn(identity, name) ? (identity[name]?.(value) ?? '') : value;
}

/** 张某某 → 张**: the first character, and never how long the rest is. */
export function maskName(name: string): string {
  const [first, ...rest] = Array.from(name.trim());
  return first === undefined || rest.length === 0 ? '**' : `${first}**`;
}

/** 13800001234 → 138****1234; of a number too short for that, the last two digits. */
export function maskPhone(phone: string): string {
  const digits = phone.replaceAll(/\D/g, '');
  if (digits.length >= 11) return `${digits.slice(0, 3)}****${digits.slice(-4)}`;
  return `****${digits.slice(-2)}`;
}

/** One telephone number in one form, however it was typed; groups a resident's cases under one key. */
export function phoneDigits(phone: string): string {
  const digits = phone.replaceAll(/\D/g, '');
  return /^(?:00)?86(?=1\d{10}$)/.test(digits) ? digits.slice(-11) : digits;
}
