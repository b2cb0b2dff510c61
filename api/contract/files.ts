import { z } from 'zod';
import { fileTypes } from '../../domain/files.ts';
import { sha256 } from './values.ts';

/** The body of an upload is the file itself; nothing of it is checked here. */
export const FileBody = z.any().meta({ type: 'string', format: 'binary', description: '文件本身 / the file itself' });

export const FilePath = z.object({ id: z.string(), file: sha256 });

export const ReadFile = z.strictObject({
  original: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: '原件（仅限部分角色） / as it was brought, for some roles only' }),
});

export const FileView = z
  .object({
    sha256: sha256.meta({
      description: '原始字节的 SHA-256，佐证材料以此引用 / of the exact bytes; evidence is named by it',
    }),
    size: z.int(),
    type: z.enum(fileTypes),
    name: z.string(),
    broughtBy: z.string(),
    at: z.string().meta({ format: 'date-time' }),
    named: z.array(z.object({ rev: z.int(), kind: z.string() })).meta({
      description:
        '引用它的记录；24 小时内无人引用即删除 / records that name it; removed after 24 hours when none does',
    }),
  })
  .meta({ id: 'File' });

export const FileList = z.object({ items: z.array(FileView) }).meta({ id: 'FileList' });
