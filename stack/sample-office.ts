import { readFileSync } from 'node:fs';
import type { Definition, Text } from '../domain/process/definition.ts';

interface Office {
  users: { username: string; displayName: Text }[];
}

/** Our own files, whose shape the loader of the sample has checked. */
function read<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;
}

const office = read<Office>('../prisma/sample/office.json');
const roles = read<{ code: string; title: Text }[]>('../prisma/sample/roles.json');

/** The states of an order, each with the stage it lies in. */
export const places = read<Definition>('../prisma/definitions/order.json').states;

/** The people of the sample office by their names; one it does not have is told by the code. */
export const people = {
  role(code: string): Text {
    return roles.find((role) => role.code === code)?.title ?? { zh: code, en: code };
  },
  name(username: string): Text {
    return office.users.find((user) => user.username === username)?.displayName ?? { zh: username, en: username };
  },
};
