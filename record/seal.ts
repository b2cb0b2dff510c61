import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hash, OfficeId } from '../domain/ids.ts';
import { canonical } from '../proof/canonical.ts';
import { sha256 } from '../proof/record.ts';

const ALGORITHM = 'aes-256-gcm';
const IV = 12;
const TAG = 16;

/** The key of one office: wraps data keys and compares bodies. Never leaves this file but as a handle. */
export interface OfficeKey {
  office: OfficeId;
  secret: Buffer;
}

/** @throws Error when the office has no key in this directory. */
export async function loadOfficeKey(keyDir: string, office: OfficeId): Promise<OfficeKey> {
  const secret = await readFile(join(keyDir, `${office}.key`));
  if (secret.length !== 32)
    throw new Error(`街道 ${office} 的密钥已损坏 · the key of office ${office} is damaged: it must be 32 bytes`);
  return { office, secret };
}

/** Made once, when an office is created; an existing key is never replaced: it may open what was sealed before. */
export async function createOfficeKey(keyDir: string, office: OfficeId): Promise<OfficeKey> {
  const file = join(keyDir, `${office}.key`);
  await mkdir(keyDir, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) await writeKey(file);
  return await loadOfficeKey(keyDir, office);
}

/** Appears whole or not at all, and never in the place of another. */
async function writeKey(file: string): Promise<void> {
  const half = `${file}.${randomUUID()}`;
  try {
    await writeFile(half, randomBytes(32), { mode: 0o600, flag: 'wx', flush: true });
    await link(half, file);
  } catch (error) {
    if (!existsSync(file)) throw error; // else somebody was first
  } finally {
    await rm(half, { force: true });
  }
}

/** Office keys by office, read once per process. */
export function officeKeys(keyDir: string): (office: OfficeId) => Promise<OfficeKey> {
  const known = new Map<OfficeId, Promise<OfficeKey>>();
  return (office) => {
    const found = known.get(office) ?? loadOfficeKey(keyDir, office);
    known.set(office, found);
    found.catch(() => known.delete(office));
    return found;
  };
}

/** What is sealed `about` something opens only as that. */
function encrypt(secret: Buffer, plain: Buffer, about = ''): Buffer {
  const iv = randomBytes(IV);
  const cipher = createCipheriv(ALGORITHM, secret, iv).setAAD(Buffer.from(about));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(secret: Buffer, sealed: Buffer, about = ''): Buffer {
  const decipher = createDecipheriv(ALGORITHM, secret, sealed.subarray(0, IV)).setAAD(Buffer.from(about));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  return Buffer.concat([decipher.update(sealed.subarray(IV, sealed.length - TAG)), decipher.final()]);
}

/** A data key: one per subject, or per item without one. Destroying it makes its texts unreadable for ever. */
export interface DataKey {
  id: string;
  secret: Buffer;
}

export function newDataKey(id: string): DataKey {
  return { id, secret: randomBytes(32) };
}

export const wrap = (office: OfficeKey, key: DataKey): Buffer => encrypt(office.secret, key.secret);

export const unwrap = (office: OfficeKey, id: string, wrapped: Buffer): DataKey => ({
  id,
  secret: decrypt(office.secret, wrapped),
});

/** What a record may say of a text: a commitment that cannot be guessed without the salt, which is sealed with it. */
export interface Sealed {
  name: string;
  sealed: Buffer;
  commitment: Hash;
}

export function seal(key: DataKey, name: string, value: string): Sealed {
  const plain = canonical([randomBytes(16).toString('hex'), name, value]);
  return { name, sealed: encrypt(key.secret, Buffer.from(plain)), commitment: sha256(plain) };
}

/** @returns the text, and the commitment that its record holds. */
export function unseal(key: DataKey, sealed: Buffer): { value: string; commitment: Hash } {
  const plain = decrypt(key.secret, sealed).toString('utf8');
  const [, , value] = JSON.parse(plain) as [string, string, string]; // `seal` wrote it
  return { value, commitment: sha256(plain) };
}

/** Bytes of which the record says nothing by themselves; `about` names their place, so that none can stand for another. */
export const sealBytes = (key: DataKey, about: string, bytes: Buffer): Buffer => encrypt(key.secret, bytes, about);

export const unsealBytes = (key: DataKey, about: string, sealed: Buffer): Buffer => decrypt(key.secret, sealed, about);

/** Compares what cannot be stored: bodies of commands, telephone numbers of subjects. `purpose` keeps the uses apart. */
export function fingerprint(office: OfficeKey, purpose: string, value: string): string {
  return createHmac('sha256', office.secret).update(`${purpose}\n${value}`).digest('hex');
}
