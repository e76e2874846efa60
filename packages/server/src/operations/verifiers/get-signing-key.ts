import type { ReadHandler } from '../../context.ts';

export const getSigningKey: ReadHandler<'getSigningKey'> = ({ app }) => ({ publicKey: app.snapshotKey.publicKey });
