import { word, type Word } from './word.ts';

/** What the edge itself answers, without asking the rules. */
export const apiCodes = {
  'not-found': word(404, '没有这个地址。', 'There is nothing at this address.'),
  'method-not-allowed': word(405, '该地址不支持此方法。', 'This address does not take this method.'),
  'not-signed-in': word(401, '请先登录，或登录已失效。', 'Sign in first; or the session is over.'),
  'login-failed': word(401, '用户名或密码不正确。', 'User name or password is wrong.'),
  'login-locked': word(
    429,
    '失败次数过多，请 {seconds} 秒后再试。',
    'Too many failures: try again in {seconds} seconds.',
  ),
  'too-many-requests': word(429, '请求过于频繁，请稍后再试。', 'Too many requests: try again later.'),
  'no-grant': word(403, '当前没有任何有效的授权。', 'There is no grant in force for you.'),
  'may-not-read': word(403, '您的角色不能查看事项内容。', 'Your role does not read what cases say.'),
  'unknown-item': word(404, '没有这个事项。', 'There is no such item.'),
  'resource-not-found': word(404, '资源清单中没有这一项。', 'There is no such resource.'),
  'team-not-found': word(404, '服务团队清单中没有这一项。', 'There is no such team.'),
  'command-not-applied': word(404, '没有已生效的此项操作。', 'No such command has been applied.'),
  'idempotency-key-missing': word(
    400,
    '缺少 Idempotency-Key 请求头；重试时请使用同一个值。',
    'The header Idempotency-Key is missing; a repeated request carries the same one.',
  ),
  'idempotency-key-invalid': word(
    400,
    'Idempotency-Key 须为 1 至 128 个可见 ASCII 字符。',
    'Idempotency-Key is 1 to 128 visible ASCII characters.',
  ),
  'key-reused': word(422, '该 Idempotency-Key 已用于另一请求。', 'This Idempotency-Key was used for another request.'),
  'if-match-missing': word(
    428,
    '请在 If-Match 中给出所见版本（ETag 的值）。',
    'Send If-Match with the revision you saw, as the ETag gave it.',
  ),
  'if-match-invalid': word(400, 'If-Match 须形如 "12"。', 'If-Match is one revision in quotes, like "12".'),
  'stale-revision': word(
    412,
    '事项已有新的办理（现为第 {rev} 版），请查看后再办。',
    'The item has moved on (it is at revision {rev}): look again first.',
  ),
  'shape-invalid': word(400, '请求内容不符合要求。', 'The request is not of the right shape.'),
  'cursor-invalid': word(400, '分页游标无效。', 'The cursor is not one of ours.'),
  'body-missing': word(400, '缺少请求正文。', 'The body is missing.'),
  'body-too-large': word(413, '请求正文超过 256 KiB。', 'The body is larger than 256 KiB.'),
  'unsupported-media-type': word(
    415,
    '请求正文须为 UTF-8 的 application/json。',
    'The body must be application/json in UTF-8.',
  ),
  'json-malformed': word(400, '请求正文不是合法的 JSON。', 'The body is not JSON.'),
  'json-byte-order-mark': word(400, 'JSON 不得以 BOM 开头。', 'JSON does not begin with a byte order mark.'),
  'json-invalid-utf8': word(400, 'JSON 不是合法的 UTF-8。', 'The body is not valid UTF-8.'),
  'json-duplicate-key': word(400, 'JSON 对象中有重复的键。', 'An object has the same key twice.'),
  'json-null-character': word(400, 'JSON 文本中不得含 U+0000。', 'A text holds the character U+0000.'),
  'json-lone-surrogate': word(400, 'JSON 文本中有不成对的代理字符。', 'A text holds half of a surrogate pair.'),
  'json-too-deep': word(400, 'JSON 嵌套超过 32 层。', 'The body is nested deeper than 32 levels.'),
  'json-unsafe-number': word(400, '数值超出 ±(2^53−1)。', 'A number lies beyond ±(2^53−1).'),
  'json-proto-key': word(400, 'JSON 中不得使用键 __proto__。', 'The key __proto__ is not allowed.'),
  'bad-request': word(400, '无法理解该请求。', 'The request cannot be understood.'),
  'request-timeout': word(408, '请求发送超时。', 'The request did not arrive in time.'),
  'expectation-failed': word(417, '不支持该 Expect 请求头。', 'What the header Expect asks for cannot be met.'),
  'headers-too-large': word(431, '请求头过大。', 'The headers are too large.'),
  'not-a-simulation': word(
    409,
    '本库不是模拟库，时钟不可调整。',
    'This database is not a simulation: its clock is the real one.',
  ),
  'time-in-past': word(422, '时钟只能向前：现为 {now}。', 'The clock only goes on: it is {now} now.'),
  'workflows-behind': word(
    503,
    '后台流程未能跟上，请检查 worker。',
    'The workflows do not catch up: look at the worker.',
  ),
  'database-unavailable': word(
    503,
    '数据库暂不可用，请稍后用同一 Idempotency-Key 重试。',
    'The database is away or busy: try again with the same Idempotency-Key.',
  ),
  'shutting-down': word(
    503,
    '服务正在停止，请稍后用同一 Idempotency-Key 重试。',
    'The service is ending: try again with the same Idempotency-Key.',
  ),
  'internal-error': word(500, '内部错误，已记录。', 'An error of ours; it is in the log.'),
} as const satisfies Record<string, Word>;

export type ApiCode = keyof typeof apiCodes;
