import { listSessions as list } from '@keywright/store';
import type { ReadHandler } from '../../context.ts';
import { personOf } from './person.ts';

export const listSessions: ReadHandler<'listSessions'> = async context => {
  const { id: current, person } = personOf(context);
  const sessions = await list(context.db, person, context.at);
  const items = sessions.map(({ id, createdAt, updatedAt, expiresAt, ipAddress, userAgent }) => ({
    id,
    current: id === current,
    createdAt,
    lastSeenAt: updatedAt,
    expiresAt,
    address: ipAddress || null,
    userAgent: userAgent || null,
  }));
  return { items };
};
