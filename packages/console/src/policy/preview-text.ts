import { PERMISSIONS } from '@keywright/core';
import { exactTime, textOf } from '../format.ts';

const TIME = /\b\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const PERMISSION = new RegExp(`\\b(?:${PERMISSIONS.join('|')})\\b`, 'g');

/** What the server says of a rule, with times and permissions as people read them: the API names both as it takes them. */
export function plainText(sentence: string): string {
  return sentence.replace(TIME, time => exactTime(time)).replace(PERMISSION, permission => textOf(permission));
}
