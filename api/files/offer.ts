import type { IncomingHttpHeaders } from 'node:http';
import { fileTypes, MOST_BYTES, nameFault } from '../../domain/files.ts';
import { Problem } from '../problem.ts';

/** What a sender says of a file before its first byte. */
export interface Offer {
  name: string;
  /** Undefined when they leave it to us. */
  type: string | undefined;
}

/** The body is the file itself. @throws Problem for everything that the headers alone show to be wrong */
export function offerOf(headers: IncomingHttpHeaders): Offer {
  const name = nameIn(headers['file-name']);
  const [said = ''] = (headers['content-type'] ?? '').split(';');
  const type = said.trim().toLowerCase();
  const coded = (headers['content-encoding'] ?? 'identity') !== 'identity';
  const known = ['', 'application/octet-stream', ...fileTypes].includes(type);
  if (coded || !known) throw new Problem('file-type-refused', { details: { types: [...fileTypes] } });
  if (Number(headers['content-length'] ?? 0) > MOST_BYTES) throw new Problem('file-too-large');
  return { name, type: type === '' || type === 'application/octet-stream' ? undefined : type };
}

function nameIn(header: string | string[] | undefined): string {
  if (typeof header !== 'string') throw new Problem('file-name-missing');
  const name = decoded(header);
  const fault = name === undefined ? 'encoding' : nameFault(name);
  if (name === undefined || fault !== undefined)
    throw new Problem('file-name-invalid', { details: { fault: fault ?? '' } });
  return name.trim();
}

function decoded(text: string): string | undefined {
  try {
    return /^[\x20-\x7e]*$/.test(text) ? decodeURIComponent(text) : undefined;
  } catch {
    return undefined;
  }
}
