import { ConfigError } from '../config.ts';
import { Obstacle, StackError } from './ports.ts';

/** What the system says when it does not let us write, and what a user can do about it. */
const reasons: Readonly<Record<string, [zh: string, en: string]>> = {
  ENOSPC: ['磁盘已满，腾出空间后再次运行', 'the disk is full: free some space, then run it again'],
  EDQUOT: ['磁盘配额已满，腾出空间后再次运行', 'the disk quota is used up: free some space, then run it again'],
  EROFS: ['文件系统只读，请换一个 DATA_DIR', 'the file system is read-only: choose another DATA_DIR'],
  EACCES: ['没有权限，请修改权限或换一个 DATA_DIR', 'permission denied: change that, or choose another DATA_DIR'],
  EPERM: ['没有权限，请修改权限或换一个 DATA_DIR', 'permission denied: change that, or choose another DATA_DIR'],
  ENOTDIR: [
    '路径中有文件而非目录，请换一个 DATA_DIR',
    'a file is where a directory should be: choose another DATA_DIR',
  ],
  EEXIST: ['此处已有文件而非目录，请换一个 DATA_DIR', 'a file is where a directory should be: choose another DATA_DIR'],
  EISDIR: ['此处是目录而非文件，请移走', 'a directory is where a file should be: move it away'],
  ENAMETOOLONG: ['路径过长，请换一个 DATA_DIR', 'the path is too long: choose another DATA_DIR'],
  ELOOP: ['符号链接成环，请换一个 DATA_DIR', 'symbolic links lead in a circle: choose another DATA_DIR'],
  EIO: ['磁盘读写出错，请检查磁盘', 'the disk does not read or write: look after it'],
};

/** Whether trying again is worth it, since what is in the way is outside and may go away. */
export function isObstacle(error: unknown): boolean {
  if (error instanceof Obstacle) return true;
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** The words for an error that a user can do something about; undefined for one that is ours to mend. */
export function explain(error: unknown): string | undefined {
  if (error instanceof StackError || error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { code = '', path = '' } = error as NodeJS.ErrnoException;
  const reason = reasons[code];
  return reason && `${path}: ${reason[0]} · ${reason[1]} (${code})`;
}
